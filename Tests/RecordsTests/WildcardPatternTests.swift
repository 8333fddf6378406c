import Arithmetic
import Glibc
import Records
import Testing

struct WildcardPatternTests {
  @Test(arguments: [
    (pattern: "a*c", text: "abc", matches: true),
    (pattern: "a*c", text: "abcd", matches: false),
    (pattern: "*bot*", text: "a robot", matches: true),
    (pattern: "?", text: "ü", matches: true),
    (pattern: "??", text: "ü", matches: false),
    (pattern: "?", text: "", matches: false),
    (pattern: "*", text: "", matches: true),
    (pattern: "[ab]", text: "a", matches: false),
    (pattern: "[ab]", text: "[ab]", matches: true),
  ])
  func withoutSets(pattern: String, text: String, matches: Bool) {
    #expect(WildcardPattern(pattern).matches(text) == matches)
  }

  @Test(arguments: [
    (pattern: "log.[0-9]", text: "log.7", matches: true),
    (pattern: "log.[0-9]", text: "log.x", matches: false),
    (pattern: "log.[!0-9]", text: "log.x", matches: true),
    (pattern: "*.[0-9].gz", text: "a.1.2.gz", matches: true),
    (pattern: "[]]", text: "]", matches: true),
    (pattern: "[!]]", text: "]", matches: false),
    (pattern: "[a-]", text: "-", matches: true),
    (pattern: "[a", text: "[a", matches: true),
    (pattern: "[a", text: "a", matches: false),
  ])
  func withSets(pattern: String, text: String, matches: Bool) {
    #expect(WildcardPattern(pattern, hasSets: true).matches(text) == matches)
  }

  /// With sets it is the pattern of a shell: the C library's opinion of many patterns and texts.
  @Test func patternWithSetsMatchesWhatAShellDoes() {
    var chance = SplitMix64(seed: 1)
    func text(of letters: [Character], count: Int) -> String {
      String((0..<count).map { _ in letters.randomElement(using: &chance)! })
    }
    for _ in 0..<20_000 {
      let pattern = text(of: Array("aabb[]!-*?"), count: Int.random(in: 0...8, using: &chance))
      let text = text(of: Array("aab-]!["), count: Int.random(in: 0...6, using: &chance))
      let expected = fnmatch(pattern, text, FNM_NOESCAPE) == 0
      #expect(
        WildcardPattern(pattern, hasSets: true).matches(text) == expected, "\(pattern) and \(text)")
    }
  }
}
