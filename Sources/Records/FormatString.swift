/// Derives a pattern from a log format as it is written in a server's configuration.
///
/// Each variable of it becomes a field, under its own name (`remote_addr`, `http_user_agent`) and, where it
/// is what the combined format has, under that one too (`host`, `agent`).
struct FormatString {
  private var regex = "^"
  private var groups: [String] = []
  private var groupOfField: [String: String] = [:]
  private var time: (group: String, layout: String?)?
  /// The literal text since the last variable, which says how the next one is delimited.
  private var literal = ""

  /// - Parameter written: The value of nginx's `log_format`, or the whole directive.
  /// - Source: nginx, ngx_http_log_module; the values of its variables have `"` written as `\x22`, or as `\"`
  ///   with `escape=json`.
  static func nginx(_ written: String) throws(ParserSettingsError) -> LinePattern {
    var format = FormatString()
    var rest = unquoted(written, directive: "log_format")[...]
    while let dollar = rest.firstIndex(of: "$") {
      format.literal += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      let isBraced = rest.first == "{"
      if isBraced { rest = rest.dropFirst() }
      let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      rest = rest[name.endIndex...]
      if isBraced { rest = rest.dropFirst(rest.first == "}" ? 1 : 0) }
      guard !name.isEmpty else {
        throw expected("the name of a variable after each $", found: written)
      }
      format.addNginxVariable(String(name), end: rest.first)
    }
    format.literal += rest
    return try format.pattern(of: written)
  }

  private mutating func addNginxVariable(_ name: String, end: Character?) {
    let usual = [
      "remote_addr": "host", "remote_user": "user", "body_bytes_sent": "bytes",
      "bytes_sent": "bytes", "http_referer": "referer", "http_user_agent": "agent",
      "request_method": "method", "uri": "path", "args": "query", "query_string": "query",
      "server_protocol": "protocol",
    ]
    let layouts = [
      "time_local": Self.commonLogLayout, "time_iso8601": "iso8601", "msec": "epoch",
    ]
    let group = add(name, end: end)
    if let alias = usual[name], groupOfField[alias] == nil { groupOfField[alias] = group }
    if let layout = layouts[name] { time = time ?? (group, layout) }
  }

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

  /// The value of a `LogFormat`, with the quotes around it or without, still has those within it escaped.
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
    let units = ["sec": "epoch", "msec": "epoch_ms", "usec": "epoch_us"]
    if let argument {
      let blanks = argument.count { $0 == " " }
      let group = add("time", end: end, value: blanks == 0 ? nil : "\\S+(?: +\\S+){\(blanks)}")
      time = time ?? (group, units[argument] ?? argument)
    } else {
      // Without an argument the stamp brings its brackets.
      literal += "["
      let group = add("time", end: "]")
      time = time ?? (group, Self.commonLogLayout)
      literal += "]"
    }
  }

  private static let commonLogLayout = "%d/%b/%Y:%H:%M:%S %z"

  /// Adds a variable that ends where `end`, the next character of the format, begins.
  ///
  /// - Parameter value: What it looks like, where that is known.
  @discardableResult
  private mutating func add(_ name: String, end: Character?, value: String? = nil) -> String {
    let isQuoted = literal.last == "\"" && end == "\""
    flushLiteral()
    let group = "g\(groups.count)"
    groups.append(group)
    if groupOfField[name] == nil { groupOfField[name] = group }
    let value =
      switch end {
      case _ where value != nil: value!
      case _ where isQuoted: #"(?:[^"\\]|\\.)*"#
      case nil: ".*"
      case "]": #"[^\]]*"#
      case " " where Self.words.contains(name): #"\S+"#
      default: ".*?"
      }
    regex += "(?<\(group)>\(value))"
    return group
  }

  /// Variables whose values never have blanks, whatever a client sends.
  private static let words: Set<String> = [
    "remote_addr", "time_iso8601", "msec", "status", "body_bytes_sent", "bytes_sent",
    "request_time", "request_length", "request_id", "host", "server_name", "server_port",
    "scheme", "ident", "bytes", "sent_bytes", "received_bytes", "port", "client",
    "microseconds", "seconds", "process",
  ]

  private mutating func flushLiteral() {
    for character in literal.unicodeScalars {
      let isPlain = character.properties.isAlphabetic || ("0"..."9").contains(character)
      regex += isPlain || !character.isASCII ? String(character) : "\\\(character)"
    }
    literal = ""
  }

  private mutating func pattern(of written: String) throws(ParserSettingsError) -> LinePattern {
    flushLiteral()
    guard let time else {
      throw Self.expected(
        "a format with the time in it ($time_local, $time_iso8601, $msec or %t)", found: written)
    }
    return LinePattern(
      regex: regex + "$", groupOfField: groupOfField, timeGroup: time.group,
      timeLayout: time.layout)
  }

  private static func expected(_ expected: String, found: String) -> ParserSettingsError {
    ParserSettingsError(setting: .format, found: found, expected: expected)
  }

  /// The format of a directive: the strings in quotes, joined, without the directive and its name.
  private static func unquoted(_ written: String, directive: String) -> String {
    let trimmed = written.drop { $0.isWhitespace }
    let isOneString =
      trimmed.first == "\"" && trimmed.dropFirst().firstIndex(of: "\"") == trimmed.indices.last
    guard trimmed.hasPrefix(directive) || trimmed.first == "'" || isOneString else {
      return written
    }
    var text = ""
    var quote: Character?
    var isEscaped = false
    for character in trimmed {
      if let open = quote {
        if isEscaped {
          text += character == open || character == "\\" ? "\(character)" : "\\\(character)"
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else if character == open {
          quote = nil
        } else {
          text.append(character)
        }
      } else if character == "'" || character == "\"" {
        quote = character
      }
    }
    return text
  }
}
