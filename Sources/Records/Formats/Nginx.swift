extension FormatDefinition {
  /// nginx's `log_format`, as written in its configuration.
  package static let nginx = FormatDefinition(
    "nginx", options: [.pattern, .timeField, .timeLayout], guesses: { _ in [] },
    pattern: { (settings) throws(ParserSettingsError) in
      try FormatString.nginx(settings.format.options.pattern ?? "")
    })
}

extension LogFormat {
  /// Lines of nginx's `log_format`, as written in its configuration.
  package static func nginx(_ written: String) -> LogFormat {
    LogFormat(.nginx, FormatOptions(pattern: written))
  }
}

extension FormatString {
  /// - Parameter written: The value of nginx's `log_format`, or the whole directive.
  /// - Source: nginx, ngx_http_log_module; in values, `"` is written as `\x22`, or as `\"` with `escape=json`.
  static func nginx(_ written: String) throws(ParserSettingsError) -> LinePattern {
    var format = FormatString()
    // The parameters between the name and the first string of a directive.
    let head = written.prefix { $0 != "'" && $0 != "\"" }
    format.escapesQuotes = !head.split(whereSeparator: \.isWhitespace).contains("escape=none")
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
    if let layout = layouts[name], time.isEmpty { time = [(group, layout)] }
  }
}
