import Arithmetic

/// Probabilities as rows of bars: the next hours at a glance.
package struct BarChart: Sendable {
  package struct Bar: Equatable, Sendable {
    /// At most two characters, such as the hour of the day.
    package var label: String
    /// 0…1
    package var value: Double
    /// Stands below the labels where a day begins.
    package var heading: String?

    package init(label: String, value: Double, heading: String? = nil) {
      self.label = label
      self.value = value
      self.heading = heading
    }
  }

  /// In lines of text.
  private static let height = 5
  private static let barWidth = 3
  /// Of the scale and its axis.
  private static let scaleWidth = 5
  /// A day to a row, however wide the terminal.
  private static let rowMax = 24

  package var bars: [Bar]
  /// Bars that reach it stand out, and a line shows where it is; nil: there is none.
  package var threshold: Double?

  package init(bars: [Bar], threshold: Double?) {
    self.bars = bars
    self.threshold = threshold
  }

  /// Numbers, none below zero, as a line of bars, one character each.
  package static func line(_ values: [Double], _ style: TerminalStyle) -> String {
    let bars = Array(style.isUTF8 ? "▁▂▃▄▅▆▇█" : ".:-=+*#@")
    let highest = values.max() ?? 0
    return String(
      values.map { value in
        guard value > 0, highest > 0 else { return style.isUTF8 ? "·" : "_" }
        return bars[
          min(bars.count - 1, Int(nearest: (value / highest * Double(bars.count)).rounded(.down)))]
      })
  }

  /// The chart from top to bottom; bars that do not fit into the width stand in rows of about the same length
  /// below each other.
  package func lines(_ style: TerminalStyle) -> [String] {
    let fitting = (style.columns - Self.scaleWidth + 1) / Self.barWidth
    let longest = min(max(1, fitting), Self.rowMax)
    let rowCount = (bars.count + longest - 1) / longest
    return (0..<rowCount).flatMap { row in
      let shown = bars[bars.count * row / rowCount..<bars.count * (row + 1) / rowCount]
      return (row > 0 ? [""] : []) + lines(Array(shown), style)
    }
  }

  private func lines(_ shown: [Bar], _ style: TerminalStyle) -> [String] {
    let thresholdRow = threshold.map {
      min(max(0, Int(nearest: ($0 * Double(Self.height)).rounded(.down))), Self.height - 1)
    }
    var lines: [String] = []
    for row in (0..<Self.height).reversed() {
      let isThreshold = row == thresholdRow
      let scale =
        isThreshold ? Self.percent(threshold ?? 0) : row == Self.height - 1 ? "100" : ""
      let line = style.isUTF8 ? "╌" : "-"
      let cells = shown.map { bar in
        let cell = Self.cell(filled: bar.value * Double(Self.height) - Double(row), style)
        let isEmpty = isThreshold && cell == "  "
        let isLikely = threshold.map { bar.value >= $0 } ?? false
        return style.colored(isEmpty ? line + line : cell, isLikely ? .yellow : nil)
      }
      let axis = style.isUTF8 ? (isThreshold ? "┤" : "│") : "|"
      lines.append(
        scale.padded(to: 3, right: true) + " " + axis
          + cells.joined(separator: isThreshold ? line : " ").trimmed)
    }
    let width = shown.count * Self.barWidth - 1
    lines.append(
      "  0 \(style.isUTF8 ? "└" : "+")" + String(repeating: style.isUTF8 ? "─" : "-", count: width))
    func below(_ name: String, _ texts: [String]) -> String {
      (name.padded(to: Self.scaleWidth, right: true) + texts.joined(separator: " ")).trimmed
    }
    lines.append(below("%  ", shown.map { Self.percentOfTwo($0.value).padded(to: 2, right: true) }))
    lines.append(below("h  ", shown.map { style.shown($0.label, limit: 8).padded(to: 2) }))
    let headings = headings(shown, columns: style.columns)
    return lines + (headings.isEmpty ? [] : [headings])
  }

  /// Under the first bar of the row and of each day, as far as there is room.
  private func headings(_ shown: [Bar], columns: Int) -> String {
    var line = ""
    let places = shown.indices.filter { shown[$0].heading != nil }
    for (place, next) in zip(places, places.dropFirst() + [Int.max / Self.barWidth - 2]) {
      let start = Self.scaleWidth + place * Self.barWidth
      let end = min(columns, next * Self.barWidth + Self.scaleWidth - 1)
      let heading = shown[place].heading ?? ""
      // Without its date, if that is all there is room for.
      let fitting = [heading, String(heading.prefix { $0 != " " })].first {
        start + $0.count <= end
      }
      if let fitting { line = line.padded(to: start) + fitting }
    }
    return line
  }

  private static func percent(_ value: Double) -> String { Decimals.text(value * 100, 0) }

  /// Nothing that is forecast is certain, so that two digits are enough.
  private static func percentOfTwo(_ value: Double) -> String {
    value.isFinite ? percent(min(max(value, 0), 0.99)) : "-"
  }

  /// The two characters of one bar in one line.
  ///
  /// - Parameter share: How much of the line it fills; below 0 and above 1 for the lines beside its end.
  private static func cell(filled share: Double, _ style: TerminalStyle) -> String {
    // The steps of the eighth blocks, or of characters that look like more and more ink.
    let steps =
      style.isUTF8 ? [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : [" ", ".", ":", "#"]
    // Whatever is not a number counts as nothing.
    let step = share > 0 ? (min(share, 1) * Double(steps.count - 1)).rounded() : 0
    return steps[Int(step)] + steps[Int(step)]
  }
}

extension String {
  /// Without the blanks at its end.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
