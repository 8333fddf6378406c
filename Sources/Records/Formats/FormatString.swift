/// Derives a pattern from a log format as written in a server's configuration.
///
/// Each variable becomes a field under its own name (`remote_addr`, `http_user_agent`) and, if the combined format has
/// it, under that name, too (`host`, `agent`).
struct FormatString {
  private var regex = "^"
  private(set) var groups: [String] = []
  var groupOfField: [String: String] = [:]
  /// The variables that make up the time, with their layouts.
  var time: [(group: String, layout: String)] = []
  /// Whether quotes within quoted values are escaped.
  var escapesQuotes = true
  /// The literal text since the last variable, which determines how the next one is delimited.
  var literal = ""

  static let commonLogLayout = "%d/%b/%Y:%H:%M:%S %z"

  /// Adds a variable that is followed by the character `end`.
  ///
  /// - Parameter value: An expression for its value, if known.
  @discardableResult
  mutating func add(_ name: String, end: Character?, value: String? = nil) -> String {
    let isQuoted = literal.last == "\"" && end == "\""
    flushLiteral()
    let group = "g\(groups.count)"
    groups.append(group)
    if groupOfField[name] == nil { groupOfField[name] = group }
    let value =
      switch end {
      case _ where value != nil: value!
      case _ where isQuoted: escapesQuotes ? #"(?:[^"\\]|\\.)*"# : ".*?"
      case _ where name == "port" || name == "server_port": #"(?:\d+|-)"#
      case _ where name == "server_name": #"\S*?"#
      case nil: ".*"
      case "]": #"[^\]]*"#
      case " " where Self.words.contains(name): #"\S+"#
      default: ".*?"
      }
    regex += "(?<\(group)>\(value))"
    return group
  }

  /// Variables whose values never contain blanks, whatever a client sends.
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

  mutating func pattern(of written: String) throws(ParserSettingsError) -> LinePattern {
    flushLiteral()
    guard !time.isEmpty else {
      throw Self.expected(
        "a format with the time in it ($time_local, $time_iso8601, $msec or %t)", found: written)
    }
    return LinePattern(
      regex: regex + "$", groupOfField: groupOfField, timeGroups: time.map(\.group),
      timeLayout: time.map(\.layout).joined(separator: " "))
  }

  static func expected(_ expected: String, found: String) -> ParserSettingsError {
    ParserSettingsError(setting: .format, found: found, expected: expected)
  }

  /// The format in a directive: its quoted strings, joined, without the directive's name.
  static func unquoted(_ written: String, directive: String) -> String {
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
