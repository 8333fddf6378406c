import Arithmetic
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
  ///   - evidence: Of the same reading.
  ///   - path: The log's; `-` for standard input.
  package init(
    _ detection: FormatDetection, _ parsed: ParsedLines, _ evidence: ReadingEvidence,
    path: String, style: TerminalStyle
  ) {
    lines = []
    for (place, candidate) in detection.candidates.prefix(3).enumerated() {
      let share = 100 * candidate.counted / max(1, candidate.lineCount)
      let fit =
        "\(candidate.settings.format.name): \(candidate.counted) of the first "
        + "\(Decimals.counted(candidate.lineCount, "line")) (\(share) %)"
      guard place == 0 else {
        let best = detection.candidates[0].settings.format.name
        if candidate.settings.format.name != best { lines.append(fit) }
        continue
      }
      lines.append(fit)
      lines += Self.reasons(evidence, candidate, style).flatMap { style.wrapped("  " + $0) }
      for (reason, rejection) in candidate.rejections.sorted(by: {
        $0.key.rawValue < $1.key.rawValue
      }) where reason != .future || candidate.aheadSeconds == nil {
        lines += style.wrapped("  \(rejection.count) \(rejection.words(reason))")
      }
    }
    guard let best = detection.candidates.first else { return }
    lines += [""] + Self.table(parsed, in: best.settings.timeZone, style) + [""]
    if !parsed.fieldNames.isEmpty {
      let names = parsed.fieldNames.prefix(Self.namesShownMax).joined(separator: ", ")
      lines += style.wrapped("fields: " + style.shown(names, limit: Self.namesBytesMax)) + [""]
    }
    lines.append("sources:")
    lines += Self.entry("log", best.settings, columns: parsed.fieldNames, path: path)
  }

  /// The evidence for the reading and against it.
  private static func reasons(
    _ evidence: ReadingEvidence, _ candidate: FormatDetection.Candidate, _ style: TerminalStyle
  ) -> [String] {
    let zone = candidate.settings.timeZone
    let first = evidence.times.min() ?? candidate.times.lowerBound
    let last = max(first, candidate.times.upperBound)
    var reasons = ["from \(zone.text(of: first)) to \(zone.text(of: last)), in \(zone.name)"]
    if !evidence.times.isEmpty {
      let bars = BarChart.line(evidence.byHour.map(Double.init), style)
      reasons.append("by hour of the day, 00 to 23: \(bars)")
    }
    if let ahead = candidate.aheadSeconds {
      let least = Decimals.span(Int(ahead.lowerBound))
      let most = Decimals.span(Int(ahead.upperBound))
      let span = least == most ? most : "\(least) to \(most)"
      reasons.append(
        "ALL TIMES ARE AHEAD OF THE CLOCK, by \(span), and none of the lines would be counted: "
          + (evidence.inferred.contains(.zone)
            ? "time_zone is probably missing" : "is the clock right?"))
    }
    reasons += evidence.inferred.sentences(zone: zone.name, unread: evidence.unreadZone)
    func warn(_ count: Int, _ what: String) {
      if count > 0 { reasons.append("\(count) \(count == 1 ? "line is" : "lines are") \(what)") }
    }
    warn(evidence.backwardCount, "more than an hour older than the one before")
    warn(evidence.implausibleCount, "from before 1990: was the clock not set yet?")
    return reasons
  }

  /// Why no format fits a log, and what to try.
  package static func nothingFits(_ unread: UnreadStamps, _ style: TerminalStyle) -> [String] {
    var lines = ["None of the formats fits."]
    if unread.lines.isEmpty {
      lines.append("Nothing in the first lines looks like a time.")
    } else {
      lines.append("So far the time could be read:")
      for line in unread.lines {
        let (read, rest) = (style.shown(line.read, limit: 64), style.shown(line.rest, limit: 64))
        lines.append("  '\(read)' as \(line.layout), then '\(rest)'")
      }
    }
    if unread.lines.contains(where: \.isImplausible) {
      lines.append("Times before 1990 are none of a log: was the clock not set yet?")
    }
    let layout = unread.lines.first.map { $0.layout + "…" } ?? "%d.%m.%Y %H:%M:%S"
    return lines + [
      "", "Of json, csv, tsv and logfmt the time may be named:", "  format: json",
      "  time: { field: when, layout: '\(layout)' }",
      "and a regular expression with named groups reads any line:", "  format: regex",
      "  pattern: '^(?<time>\\S+ \\S+) (?<host>\\S+)'", "  time: { layout: '\(layout)' }",
    ]
  }

  private static let namesShownMax = 100
  private static let namesBytesMax = 1_000
  private static let valueBytesMax = 24
  private static let timeWidth = 23

  /// As many fields as fit into the line: those that say something which none before them says.
  private static func table(
    _ parsed: ParsedLines, in zone: TimeZoneRules, _ style: TerminalStyle
  ) -> [String] {
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
      table.add([zone.text(of: line.time)] + contents.map { $0[row] })
    }
    return table.lines(style)
  }

  /// The entry under `sources` that reads the log like this.
  static func entry(
    _ name: String, _ settings: ParserSettings, columns: [String], path: String
  ) -> [String] {
    var lines = ["  - name: \(yaml(name))", "    files: \(yaml(path))"]
    lines.append("    format: \(settings.format.name)")
    if let pattern = settings.format.options.pattern {
      lines.append("    pattern: \(yaml(pattern))")
    }
    let time = [
      settings.timeField.map { "field: \(yaml($0))" },
      settings.timeLayout.map { "layout: \(yaml($0))" },
    ].compactMap { $0 }
    if !time.isEmpty { lines.append("    time: { \(time.joined(separator: ", ")) }") }
    if settings.unmatched == .continuation { lines.append("    unmatched: continuation") }
    if settings.timeZone.name != TimeZoneRules.utc.name {
      lines.append("    time_zone: \(yaml(settings.timeZone.name))")
    }
    if let separator = settings.format.options.separator {
      lines.append("    separator: \(yaml(separator))")
    }
    guard settings.format.definition.options.contains(.columns) else { return lines }
    let areNames = columns.allSatisfy { (1...256).contains($0.utf8.count) && !$0.contains("\0") }
    if areNames {
      lines.append("    columns: [\(columns.map(yaml).joined(separator: ", "))]")
    }
    return lines
  }
}
