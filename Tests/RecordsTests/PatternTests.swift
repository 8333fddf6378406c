import Host
import Records
import Testing

@Suite struct PatternTests {
  @Test func groupsAreReportedByName() throws {
    let pattern = try Pattern(#"(?<b>b+)(x)?(?<a>a)?"#)
    #expect(pattern.groupNames.sorted() == ["a", "b"])
    var groups: [Range<Int>?] = [nil, nil]
    let line = Array("..bbb".utf8)
    #expect(pattern.match(line.span.bytes, groups: &groups) == .matched)
    #expect(groups[try #require(pattern.groupNames.firstIndex(of: "b"))] == 2..<5)
    #expect(groups[try #require(pattern.groupNames.firstIndex(of: "a"))] == nil)
  }

  @Test func emptyLineCanMatch() throws {
    var groups: [Range<Int>?] = []
    let line: [UInt8] = []
    #expect(try Pattern("^$").match(line.span.bytes, groups: &groups) == .matched)
    #expect(try Pattern("x").match(line.span.bytes, groups: &groups) == .unmatched)
  }

  @Test(arguments: [#"^(a+)+$"#, #"^(a|aa)+$"#, #"^((((a*)*)*)*)b"#])
  func runawayPatternGivesUp(regex: String) throws {
    let settings = ParserSettings(format: .regex(#"(?<time>^1)|"# + regex))
    let line = String(repeating: "a", count: 5_000) + "!"
    #expect(
      [.rejected(.patternLimit), .rejected(.malformed)].contains(try batch(of: line, settings).only)
    )
  }

  @Test func limitIsCountedAsItsOwnReason() throws {
    let settings = ParserSettings(format: .regex(#"^(?<time>(a+)+)$"#))
    let line = String(repeating: "a", count: 40) + "!"
    #expect(try batch(of: line, settings).only == .rejected(.patternLimit))
  }

  @Test(arguments: [("a(", 2), ("[z-a]", 3), (#"\C"#, 2)])
  func mistakeSaysWhere(regex: String, offset: Int) {
    let error = #expect(throws: PatternError.self) { try Pattern(regex) }
    #expect(error?.offset == offset)
    #expect(error?.message.isEmpty == false)
  }

  @Test func lineOfAnyBytesCanBeMatched() throws {
    let pattern = try Pattern(#"(?<x>\xff.\x00)"#)
    var groups: [Range<Int>?] = [nil]
    let line: [UInt8] = [1, 0xff, 0xfe, 0]
    #expect(pattern.match(line.span.bytes, groups: &groups) == .matched)
    #expect(groups == [1..<4])
  }
}

@Suite struct FilterTests {
  static func isCounted(_ value: String, include: [String] = [], exclude: [String] = []) throws
    -> Bool
  {
    let settings = ParserSettings(
      format: .delimited(separator: "\t", columns: ["time", "v"]),
      include: include.isEmpty ? [] : [.init(field: "v", patterns: include)],
      exclude: exclude.isEmpty ? [] : [.init(field: "v", patterns: exclude)])
    return try batch(of: "1767225601\t\(value)\n", settings).only
      == .counted(1_767_225_601, key: "")
  }

  @Test(arguments: [
    ("abc", "abc", true), ("abc", "ab", false), ("abc", "a*", true), ("abc", "*c", true),
    ("abc", "*b*", true), ("abc", "*x*", false), ("abc", "a?c", true), ("aäc", "a?c", true),
    ("abc", "a*b*c", true), ("abbbc", "a*b?c", true), ("abc", "*", true), ("", "*", true),
    ("", "?", false), ("", "", true), ("aXbXc", "a*X?", true), ("aXbXcd", "a*X?", false),
    ("mississippi", "m*iss*ppi", true), ("a*c", "a*c", true), ("ABC", "abc", false),
    ("abab", "*ab", true), ("aab", "*ab*", true), ("ab", "*abc*", false),
  ])
  func wildcardMatches(value: String, pattern: String, matches: Bool) throws {
    #expect(try Self.isCounted(value, include: [pattern]) == matches)
    #expect(try Self.isCounted(value, exclude: [pattern]) == !matches)
  }

  @Test func oneOfThePatternsIsEnough() throws {
    #expect(try Self.isCounted("b", include: ["a", "b"]))
    #expect(try !Self.isCounted("b", exclude: ["a", "b"]))
  }

  @Test func everyConditionMustHold() throws {
    let settings = ParserSettings(
      format: .json,
      include: [.init(field: "a", patterns: ["1"]), .init(field: "b", patterns: ["2"])],
      exclude: [.init(field: "c", patterns: ["3"])])
    #expect(
      try batch(of: #"{"ts":1767225601,"a":1,"b":2}"#, settings).only
        == .counted(1_767_225_601, key: ""))
    #expect(try batch(of: #"{"ts":1767225601,"a":1,"b":3}"#, settings).only == .filtered)
    #expect(try batch(of: #"{"ts":1767225601,"a":1,"b":2,"c":3}"#, settings).only == .filtered)
    #expect(try batch(of: #"{"ts":1767225601,"a":1}"#, settings).only == .rejected(.missingField))
  }
}
