import Records
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    (#"{"time":"2026-01-01T00:00:00Z","host":"a"}"#, "host", "a"),
    (#" { "host" : "a" , "n" : [1, {"x": null}], "time" : 1767225600.25 } "#, "host", "a"),
    (
      #"{"ts":1767225600000,"request":{"host":"b","headers":{"UA":["x","y"]}}}"#, "request.host",
      "b"
    ),
    (#"{"ts":1767225600000,"request":{"headers":{"UA":["x","y"]}}}"#, "request.headers.UA", "x"),
    (#"{"ts":1767225600000,"request":{"headers":{"UA":["x","y"]}}}"#, "request.headers.UA.1", "y"),
    (#"{"ts":1767225600000,"request.host":"c"}"#, "request.host", "c"),
    (#"{"ts":"1767225600","k":"a\"\\\/\b\f\n\r\té😀"}"#, "k", "a\"\\/\u{8}\u{c}\n\r\té😀"),
    (#"{"ts":"1767225600","k":"\ud800x"}"#, "k", "\u{fffd}x"),
    (#"{"ts":"1767225600","k":"1"}"#, "k", "1"),
    (#"{"ts":"1767225600","k":-1.5e+3}"#, "k", "-1.5e+3"),
    (#"{"ts":"1767225600","k":true}"#, "k", "true"),
    (#"{"ts":"1767225600","k":"first","k":"last"}"#, "k", "last"),
    (#"{"ts":"1767225600","a":"\"k\":\"no\"","k":"yes"}"#, "k", "yes"),
    (#"{"ts":"1767225600","uri":"/p?q=1"}"#, "uri:path", "/p"),
    (#"{"ts":"1767225600","uri":"/p?q=1"}"#, "uri:query", "q=1"),
    (#"{"@timestamp":"2026-01-01T01:00:00.123+01:00","k":"v"}"#, "k", "v"),
  ])
  func objectIsReadByPath(line: String, field: String, key: String) throws {
    let result = try batch(of: line, ParserSettings(format: .json, key: "{\(field)}")).only
    #expect(result == .counted(1_767_225_600, key: key))
  }

  @Test(arguments: [
    "", "1", "[]", "{", #"{"time":1767225600"#, #"{"time":1767225600}}"#,
    #"{"time":1767225600,}"#, #"{"time":1767225600 "a":1}"#, #"{time:1767225600}"#,
    #"{"time":1767225600,"a":01}"#, #"{"time":1767225600,"a":1.}"#, #"{"time":1767225600,"a":tru}"#,
    #"{"time":1767225600,"a":"\x"}"#, #"{"time":1767225600,"a":"\u12g4"}"#,
    #"{"time":1767225600,"a":"\u12"#, "{\"time\":1767225600,\"a\":\"\t\"}",
    #"{"time":1767225600,"a":"b}"#, #"{"time":1767225600,"a":[1,]}"#,
    #"{"time":1767225600,"a":"# + String(repeating: "[", count: 200),
  ])
  func whatIsNoObjectIsMalformed(line: String) throws {
    #expect(try batch(of: line + "\n", ParserSettings(format: .json)).only == .rejected(.malformed))
  }

  @Test(arguments: ["{}", #"{"other":1767225600}"#])
  func objectWithoutATimeLacksAField(line: String) throws {
    let result = try batch(of: line + "\n", ParserSettings(format: .json)).only
    #expect(result == .rejected(.missingField))
  }

  @Test func missingKeyFieldIsReported() throws {
    let settings = ParserSettings(format: .json, key: "{host}")
    for line in [
      #"{"time":1767225601}"#, #"{"time":1767225601,"host":null}"#,
      #"{"time":1767225601,"host":{}}"#,
    ] {
      #expect(try batch(of: line, settings).only == .rejected(.missingField))
    }
  }

  @Test func timeThatCannotBeReadIsReported() throws {
    let settings = ParserSettings(format: .json)
    for line in [#"{"time":"soon"}"#, #"{"time":-1}"#, #"{"time":"2026-02-30T00:00:00Z"}"#] {
      #expect(try batch(of: line, settings).only == .rejected(.invalidTime))
    }
  }
}
