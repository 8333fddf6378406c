/// Rows of text under aligned headings, as wide as the terminal at most.
///
/// Where there is no room, columns that can be missed are left out, and a line says which; then sentences at the end go
/// below their rows, if they are to be broken; then the widest column of texts is cut.
package struct Table: Sendable {
  /// The title of a column, and how its cells are shown.
  package struct Column: Sendable {
    package var title: String
    package var isRightAligned: Bool
    /// In bytes; longer text ends in `…`.
    package var limit: Int
    /// Its cells are sentences of ours, in which whatever is a stranger's is escaped.
    package var isEscaped = false
    /// The higher, the sooner it is left out; 0: never.
    package var dispensability = 0

    /// A column of whole sentences of our own: not cut.
    package static func sentence(_ title: String) -> Column {
      Column(title: title, isRightAligned: false, limit: .max, isEscaped: true)
    }

    /// A column of texts, cut to a number of characters.
    package static func left(_ title: String, limit: Int = 48) -> Column {
      Column(title: title, isRightAligned: false, limit: limit)
    }

    /// Left out where there is no room, those with the highest rank first.
    package func leftOut(_ rank: Int) -> Column {
      var column = self
      column.dispensability = rank
      return column
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
    var table = ShownTable(self, style)
    var omitted: [Int] = []
    while table.width > style.columns,
      let next = columns.indices.filter({ columns[$0].dispensability > 0 && !omitted.contains($0) })
        .max(by: { columns[$0].dispensability < columns[$1].dispensability })
    {
      omitted.append(next)
      table.omit(next)
    }
    if table.width > style.columns { table.putSentencesBelow() }
    if table.width > style.columns { table.cut(to: style.columns, style) }
    var lines = table.lines(style)
    if !omitted.isEmpty {
      let names = omitted.sorted().map { columns[$0].title }.joined(separator: ", ")
      lines += style.wrapped("(no room for: \(names))").map { style.colored($0, .gray) }
    }
    return lines
  }
}

/// A table's cells as they are shown.
private struct ShownTable {
  private let columns: [Table.Column]
  private var cells: [[String]]
  /// In order.
  private var shown: [Int]
  private var areSentencesBelow = false
  private let breaksSentences: Bool
  private let hasTitles: Bool

  init(_ table: Table, _ style: TerminalStyle) {
    columns = table.columns
    breaksSentences = style.breaksSentences
    shown = Array(columns.indices)
    hasTitles = columns.contains { !$0.title.isEmpty }
    cells = ((hasTitles ? [columns.map(\.title)] : []) + table.rows).map { [columns] row in
      zip(row, columns).map {
        $1.isEscaped ? style.encoded($0) : style.shown($0, limit: $1.limit)
      }
    }
  }

  private func width(_ column: Int) -> Int { cells.map { $0[column].count }.max() ?? 0 }

  var width: Int {
    let counted = shown.filter { breaksSentences || !columns[$0].isEscaped }
    return counted.reduce(0) { $0 + width($1) } + 2 * max(0, counted.count - 1)
  }

  mutating func omit(_ column: Int) { shown.removeAll { $0 == column } }

  mutating func putSentencesBelow() {
    guard breaksSentences, let last = shown.last, columns[last].isEscaped else { return }
    shown.removeLast()
    areSentencesBelow = true
  }

  private static let cutMin = 12
  /// What is longer on purpose is shown whole.
  private static let cutLimitMax = 64

  mutating func cut(to limit: Int, _ style: TerminalStyle) {
    let cuttable = shown.filter {
      !columns[$0].isRightAligned && !columns[$0].isEscaped && columns[$0].limit <= Self.cutLimitMax
    }
    guard let widest = cuttable.max(by: { width($0) < width($1) }) else { return }
    let room = max(Self.cutMin, width(widest) - (width - limit))
    for row in cells.indices {
      // Escaped already: what was an escape may be cut in two, and is text all the same.
      let cell = cells[row][widest]
      guard cell.count > room else { continue }
      let end = style.encoded("…")
      cells[row][widest] = cell.prefix(room - end.count) + end
    }
  }

  func lines(_ style: TerminalStyle) -> [String] {
    let widths = columns.indices.map(width)
    return cells.enumerated().flatMap { index, row in
      var line = ""
      for column in shown {
        let isLast = column == shown.last
        let isRight = columns[column].isRightAligned
        line +=
          isLast && !isRight ? row[column] : row[column].padded(to: widths[column], right: isRight)
        if !isLast { line += "  " }
      }
      let isHeading = hasTitles && index == 0
      let first = style.colored(line, isHeading ? .gray : nil)
      guard areSentencesBelow, !isHeading, let sentence = row.last else { return [first] }
      return [first] + style.wrapped("    " + sentence)
    }
  }
}
