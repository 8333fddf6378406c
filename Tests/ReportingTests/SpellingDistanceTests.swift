import Reporting
import Testing

@Suite struct SpellingDistanceTests {
  @Test(arguments: [
    ("evlauate", "evaluate"), ("replya", "replay"), ("statuss", "status"), ("chekc", "check"),
    ("quikstart", "quickstart"),
  ])
  func misspelledWordIsFound(typed: String, meant: String) {
    let words = ["evaluate", "replay", "status", "check", "quickstart", "run", "sample"]
    #expect(SpellingDistance.nearest(to: typed, among: words) == meant)
  }

  @Test(arguments: ["serve", "x", ""]) func wordLikeNoneIsNoOther(typed: String) {
    #expect(SpellingDistance.nearest(to: typed, among: ["evaluate", "replay", "check"]) == nil)
  }

  @Test func neighboursSwappedAreOneDifference() {
    #expect(SpellingDistance.between("abcd", "acbd") == 1)
    #expect(SpellingDistance.between("", "abc") == 3)
    #expect(SpellingDistance.between("kitten", "sitting") == 3)
  }
}
