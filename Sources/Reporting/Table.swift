/// Rows of text under aligned headings.
package struct Table: Sendable {
  /// The title of a column, and how its cells are shown.
  package struct Column: Sendable {
    package var title: String
    package var isRightAligned: Bool
    /// In bytes; longer text ends in `…`.
    package var limit: Int
    /// Its cells are sentences of ours, in which whatever is a stranger's is escaped.
    package var isEscaped = false

    /// A column of whole sentences of our own: not cut.
    package static func sentence(_ title: String) -> Column {
      Column(title: title, isRightAligned: false, limit: .max, isEscaped: true)
    }

    /// A column of texts, cut to a number of characters.
    package static func left(_ title: String, limit: Int = 48) -> Column {
      Column(title: title, isRightAligned: false, limit: limit)
    }

    /// For numbers.
    package static func right(_ title: String, limit: Int = 24) -> Column {
      Column(title: title, isRightAligned: true, limit: limit)
    }
  }

  package var columns: [Column]
  /// Each has a cell for every column.
  package private(set) var rows: [[String]] = []

  package init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a row: a cell for every column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has a cell for every column")
    rows.append(cells)
  }

  /// - Returns: The headings, unless all are empty, and the rows; cells come from anywhere, so they are
  ///   escaped, unless their column says that they are.
  package func lines(_ style: TerminalStyle) -> [String] {
    let hasTitles = columns.contains { !$0.title.isEmpty }
    let shown = ((hasTitles ? [columns.map(\.title)] : []) + rows).map { cells in
      zip(cells, columns).map {
        $1.isEscaped ? style.encoded($0) : style.shown($0, limit: $1.limit)
      }
    }
    let widths = columns.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
    return shown.enumerated().map { index, cells in
      var line = ""
      for (column, cell) in cells.enumerated() {
        let isLast = column == cells.count - 1 && !columns[column].isRightAligned
        line +=
          isLast ? cell : cell.padded(to: widths[column], right: columns[column].isRightAligned)
        if column < cells.count - 1 { line += "  " }
      }
      return style.colored(line, hasTitles && index == 0 ? .gray : nil)
    }
  }
}
