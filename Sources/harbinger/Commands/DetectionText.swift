package import Records
package import Reporting
import Settings

/// What people read of a log's format: what fits, how it reads the first lines, what it rejects, and the
/// entry for the settings. All of a log's own text is escaped.
package struct DetectionText {
  package private(set) var lines: [String]

  /// - Parameters:
  ///   - detection: Of a log that some format fits.
  ///   - parsed: By the best of them.
  ///   - path: The log's; `-` for standard input.
  package init(
    _ detection: FormatDetection, _ parsed: ParsedLines, path: String, style: TerminalStyle
  ) {
    lines = []
    for (place, candidate) in detection.candidates.prefix(3).enumerated() {
      let fit =
        "\(candidate.settings.format.name): \(candidate.counted) of \(detection.lineCount) lines"
      guard place == 0 else {
        let best = detection.candidates[0].settings.format.name
        if candidate.settings.format.name != best { lines.append(fit) }
        continue
      }
      // What a format counts is known by hours; the first lines say when the first was.
      let first = (parsed.lines.map(\.time) + [candidate.times.lowerBound]).min() ?? 0
      let last = max(first, candidate.times.upperBound)
      lines.append(
        fit + ", from \(UTCTime(seconds: first).text) to \(UTCTime(seconds: last).text)")
      for (reason, rejection) in candidate.rejections.sorted(by: {
        $0.key.rawValue < $1.key.rawValue
      }) {
        lines.append(
          "  \(rejection.count) rejected as \(reason.rawValue), such as \(rejection.example)")
      }
    }
    guard let best = detection.candidates.first else { return }
    lines += [""] + Self.table(parsed, style) + [""]
    if !parsed.fieldNames.isEmpty {
      let names = parsed.fieldNames.prefix(Self.namesShownMax).joined(separator: ", ")
      lines += ["fields: " + style.shown(names, limit: Self.namesBytesMax), ""]
    }
    lines += Self.entry(best.settings, columns: parsed.fieldNames, path: path)
  }

  private static let namesShownMax = 100
  private static let namesBytesMax = 1_000
  private static let valueBytesMax = 24
  private static let timeWidth = 20

  /// As many fields as fit into the line: those that say something which none before them says.
  private static func table(_ parsed: ParsedLines, _ style: TerminalStyle) -> [String] {
    var columns = [Table.Column.left("time")]
    var contents: [[String]] = []
    var width = timeWidth
    for (field, name) in parsed.fieldNames.enumerated() {
      let values = parsed.lines.map { $0.values[field] ?? "" }
      // The time is in the first column, and a request in its parts.
      let isElsewhere = name == "time" || (name == "request" && parsed.fieldNames.contains("path"))
      let saysNothing = values.allSatisfy { $0.isEmpty || $0 == "-" }
      if isElsewhere || saysNothing || contents.contains(values) { continue }
      let longest = ([name] + values).map { style.shown($0, limit: valueBytesMax).count }.max() ?? 0
      guard width + 2 + longest <= style.columns else { continue }
      width += 2 + longest
      columns.append(.left(name, limit: valueBytesMax))
      contents.append(values)
    }
    var table = Table(columns)
    for (row, line) in parsed.lines.enumerated() {
      table.add([UTCTime(seconds: line.time).text] + contents.map { $0[row] })
    }
    return table.lines(style)
  }

  /// The entry under `sources` that reads the log like this.
  private static func entry(
    _ settings: ParserSettings, columns: [String], path: String
  ) -> [String] {
    var lines = ["sources:", "  - name: log", "    files: \(yaml(path))"]
    lines.append("    format: \(settings.format.name)")
    if let pattern = settings.format.options.pattern {
      lines.append("    pattern: \(yaml(pattern))")
      if let layout = settings.timeLayout { lines.append("    time: { layout: \(yaml(layout)) }") }
    }
    if let separator = settings.format.options.separator {
      lines.append("    separator: \(yaml(separator))")
    }
    guard settings.format.definition.takes.contains(.columns) else { return lines }
    let areNames = columns.allSatisfy { (1...256).contains($0.utf8.count) && !$0.contains("\0") }
    if areNames {
      lines.append("    columns: [\(columns.map(yaml).joined(separator: ", "))]")
    }
    return lines
  }
}
