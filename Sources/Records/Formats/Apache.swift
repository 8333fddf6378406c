extension FormatDefinition {
  /// Apache's `LogFormat`, as written in its configuration.
  package static let apache = FormatDefinition(
    "apache", options: [.pattern, .timeField, .timeLayout], guesses: { _ in [] },
    pattern: { (settings) throws(ParserSettingsError) in
      try FormatString.apache(settings.format.options.pattern ?? "")
    })

  /// Debian's `vhost_combined`.
  package static let vhostCombined = FormatDefinition(
    "vhost_combined", isDistinctive: true,
    guesses: { startsWithTime($0.firstLine) ? [] : [FormatGuess()] },
    pattern: { (_) throws(ParserSettingsError) in
      try FormatString.apache(#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#)
    })
}

extension FormatDefinition {
  /// Whether the first word is a time, whose last colon is not the one before a port.
  private static func startsWithTime(_ line: [UInt8]) -> Bool {
    let word = Array(line.prefix { !$0.isBlank })
    return TimeReader.iso8601(word.span.bytes, zone: .utc, StampContext(latest: 0)) != nil
  }
}

extension LogFormat {
  package static let combinedWithHost = LogFormat(.vhostCombined)

  /// Lines of Apache's `LogFormat`, as written in its configuration.
  package static func apache(_ written: String) -> LogFormat {
    LogFormat(.apache, FormatOptions(pattern: written))
  }
}

extension FormatString {
  /// - Parameter written: The value of Apache's `LogFormat`, or the whole directive.
  /// - Source: Apache HTTP Server, mod_log_config; quotes within values are written as `\"`.
  static func apache(_ written: String) throws(ParserSettingsError) -> LinePattern {
    var format = FormatString()
    var rest = unquoted(directive(written), directive: "LogFormat")[...]
    while let percent = rest.firstIndex(of: "%") {
      format.literal += rest[..<percent]
      rest = rest[percent...].dropFirst()
      if rest.first == "%" {
        format.literal += "%"
        rest = rest.dropFirst()
        continue
      }
      // Conditions such as `!200,304` and `>` do not change how the value is written.
      rest = rest.drop { "<>!,".contains($0) || $0.isNumber }
      var argument: Substring?
      if rest.first == "{" {
        argument = rest.dropFirst().prefix { $0 != "}" }
        rest = rest[argument!.endIndex...].dropFirst()
      }
      guard let letter = rest.first else {
        throw expected("a letter after each %", found: written)
      }
      rest = rest.dropFirst()
      format.addApacheDirective(letter, argument: argument.map(String.init), end: rest.first)
    }
    format.literal += rest
    return try format.pattern(of: written)
  }

  /// Completes the value of a `LogFormat` to a directive, so that the escaped quotes in it are unescaped.
  private static func directive(_ written: String) -> String {
    let value = written.drop { $0.isWhitespace }
    guard value.contains("\\\""), !value.hasPrefix("LogFormat") else { return written }
    return value.hasPrefix("\"") ? "LogFormat \(value)" : "LogFormat \"\(value)\""
  }

  private mutating func addApacheDirective(
    _ letter: Character, argument: String?, end: Character?
  ) {
    let names: [Character: String] = [
      "h": "host", "l": "ident", "u": "user", "r": "request", "s": "status", "b": "bytes",
      "B": "bytes", "O": "sent_bytes", "I": "received_bytes", "v": "server_name",
      "V": "server_name", "p": "port", "a": "client", "A": "local_address", "m": "method",
      "U": "path", "q": "query", "H": "protocol", "D": "microseconds", "T": "seconds",
      "P": "process", "k": "keepalive", "f": "file", "X": "connection", "L": "log_id",
    ]
    if letter == "t" {
      addApacheTime(argument, end: end)
      return
    }
    if let argument, letter == "i" || letter == "o" || letter == "C" || letter == "e" {
      let header = argument.lowercased().replacing("-", with: "_")
      add(header == "user_agent" ? "agent" : header, end: end)
    } else {
      add(names[letter] ?? "unnamed", end: end)
    }
    if letter == "a", groupOfField["host"] == nil { groupOfField["host"] = groups.last }
    if letter == "O", groupOfField["bytes"] == nil { groupOfField["bytes"] = groups.last }
  }

  private mutating func addApacheTime(_ argument: String?, end: Character?) {
    var argument = argument
    for prefix in ["begin:", "end:"] where argument?.hasPrefix(prefix) == true {
      argument = argument.map { String($0.dropFirst(prefix.count)) }
    }
    guard let argument else {
      // Without an argument, brackets are part of the stamp.
      literal += "["
      let group = add("time", end: "]")
      literal += "]"
      time = [(group, Self.commonLogLayout)]
      return
    }
    let isWhole = time.contains {
      $0.layout == Self.commonLogLayout || $0.layout.hasPrefix("epoch")
    }
    let units = ["sec": "epoch", "msec": "epoch_ms", "usec": "epoch_us"]
    if let unit = units[argument] {
      let group = add("time", end: end)
      if time.isEmpty { time = [(group, unit)] }
      return
    }
    let isFraction = argument == "msec_frac" || argument == "usec_frac"
    let layout = isFraction ? "%f" : argument
    let group = add("time", end: end, value: Self.pattern(ofLayout: layout))
    if !isWhole { time.append((group, layout)) }
  }

  /// The expression for a part of a stamp; nil if it is not a valid layout, which is reported as a problem of the
  /// settings.
  private static func pattern(ofLayout layout: String) -> String? {
    (try? TimeLayout(part: layout))?.regex
  }
}
