import Records
import Testing

@Suite struct SettingsErrorTests {
  typealias Setting = ParserSettingsError.Setting

  struct Mistake: Sendable {
    var settings: ParserSettings
    var setting: Setting
    var found: String
    var expected: String
  }

  static let regex = LogFormat.regex(#"(?<time>\d+) (?<who>\w+)"#)

  static let mistakes: [Mistake] = [
    Mistake(
      settings: ParserSettings(key: "{hots}"), setting: .key, found: "hots",
      expected: "one of host, ident, user"),
    Mistake(
      settings: ParserSettings(key: "{host"), setting: .key, found: "{host",
      expected: "field names in braces"),
    Mistake(
      settings: ParserSettings(key: "a}b"), setting: .key, found: "a}b",
      expected: "field names in braces"),
    Mistake(
      settings: ParserSettings(format: .common, exclude: [.init(field: "agent", patterns: ["*"])]),
      setting: .exclude(0), found: "agent", expected: "one of host"),
    Mistake(
      settings: ParserSettings(
        include: [.init(field: "path", patterns: []), .init(field: "way", patterns: [])]),
      setting: .include(1), found: "way", expected: "one of host"),
    Mistake(
      settings: ParserSettings(format: .regex("(?<time>")), setting: .format, found: "(?<time>",
      expected: "a regular expression (at byte 8: missing closing parenthesis)"),
    Mistake(
      settings: ParserSettings(format: regex, key: "{host}"), setting: .key, found: "host",
      expected: "one of time, who"),
    Mistake(
      settings: ParserSettings(format: regex, timeField: "when"), setting: .timeField,
      found: "when", expected: "one of time, who"),
    Mistake(
      settings: ParserSettings(format: .regex("x")), setting: .timeField, found: "time",
      expected: "a pattern with named groups"),
    Mistake(
      settings: ParserSettings(format: .json, timeLayout: "%Y-%m-%d %H:%Q"), setting: .timeLayout,
      found: "%Y-%m-%d %H:%Q", expected: "%Y %y %m"),
    Mistake(
      settings: ParserSettings(format: .json, timeLayout: "%Y-%m-%d %I"), setting: .timeLayout,
      found: "%Y-%m-%d %I", expected: "%I and %p together"),
    Mistake(
      settings: ParserSettings(format: .json, timeLayout: "%H:%M"), setting: .timeLayout,
      found: "%H:%M", expected: "a day"),
    Mistake(
      settings: ParserSettings(format: .json, timeLayout: "%Y-%m-%d"), setting: .timeLayout,
      found: "%Y-%m-%d", expected: "an hour"),
    Mistake(
      settings: ParserSettings(format: .json, timeLayout: "%"), setting: .timeLayout, found: "%",
      expected: "a letter after the last %"),
    Mistake(
      settings: ParserSettings(format: .epoch, key: "{0}"), setting: .key, found: "0",
      expected: "the number of a column"),
    Mistake(
      settings: ParserSettings(format: .delimited(separator: ",", columns: ["a"])),
      setting: .timeField, found: "time", expected: "one of the columns a"),
    Mistake(
      settings: ParserSettings(format: .nginx("$status")), setting: .format, found: "$status",
      expected: "a format with the time in it"),
    Mistake(
      settings: ParserSettings(format: .workload(start: nil), key: "{who}"), setting: .key,
      found: "who", expected: "one of job, submit"),
  ]

  @Test(arguments: mistakes.indices)
  func mistakeSaysWhichSettingAndWhatWasExpected(index: Int) throws {
    let mistake = Self.mistakes[index]
    let error = try #require(throws: ParserSettingsError.self) {
      try makeParser(mistake.settings)
    }
    #expect(error.setting == mistake.setting)
    #expect(error.found == mistake.found)
    #expect(error.expected.hasPrefix(mistake.expected), "\(error.expected)")
  }
}
