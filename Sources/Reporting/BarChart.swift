/// Probabilities as a row of bars: the next hours at a glance.
package struct BarChart: Sendable {
  package struct Bar: Equatable, Sendable {
    /// At most two characters, such as the hour of the day.
    package var label: String
    /// 0…1
    package var value: Double

    package init(label: String, value: Double) {
      self.label = label
      self.value = value
    }
  }

  /// In lines of text.
  private static let height = 5

  package var bars: [Bar]
  /// Bars that reach it stand out.
  package var threshold: Double

  package init(bars: [Bar], threshold: Double) {
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
        return bars[min(bars.count - 1, Int(value / highest * Double(bars.count)))]
      })
  }

  /// The chart from top to bottom; bars that do not fit into the width are left out.
  package func lines(_ style: TerminalStyle) -> [String] {
    let barWidth = 3
    let scale = ["1.0", "0.5", "0.0"]
    let shown = bars.prefix(max(1, (style.columns - scale[0].count - 2) / barWidth))
    var lines: [String] = []
    for row in (0..<Self.height).reversed() {
      let tick = row == Self.height - 1 ? scale[0] : row == Self.height / 2 ? scale[1] : "   "
      let cells = shown.map { bar in
        let cell = Self.cell(filled: bar.value * Double(Self.height) - Double(row), style)
        return style.colored(cell, bar.value >= threshold ? .yellow : nil)
      }
      lines.append("\(tick) \(style.isUTF8 ? "│" : "|")" + cells.joined(separator: " ").trimmed)
    }
    let labels = shown.map { style.shown($0.label, limit: 8).padded(to: 2) }
    let axis = String(repeating: style.isUTF8 ? "─" : "-", count: shown.count * barWidth - 1)
    lines.append("\(scale[2]) \(style.isUTF8 ? "└" : "+")\(axis)")
    lines.append("     " + labels.joined(separator: " ").trimmed)
    return lines
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
