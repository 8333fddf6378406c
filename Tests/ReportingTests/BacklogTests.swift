import Reporting
import Testing

struct BacklogTests {
  private static func backlog(_ left: Int) -> Backlog? {
    Backlog(left: left, atLeast: Backlog.bytesMin, now: 0)
  }

  @Test func shareAndRestFollowWhatIsStillLeft() throws {
    var backlog = try #require(Self.backlog(8_000_000))
    #expect(
      backlog.update(left: 8_000_000, now: 0)
        == Backlog.Progress(total: 8_000_000, done: 0, secondsLeft: nil))
    // Two million of eight million bytes in ten seconds.
    #expect(
      backlog.update(left: 6_000_000, now: 10_000_000)
        == Backlog.Progress(total: 8_000_000, done: 2_000_000, secondsLeft: 30))
    #expect(backlog.update(left: 0, now: 40_000_000) == nil)
  }

  @Test func aLogThatGrowsFasterThanItIsReadHasNoEnd() throws {
    var backlog = try #require(Self.backlog(2_000_000))
    #expect(
      backlog.update(left: 3_000_000, now: 1_000_000)
        == Backlog.Progress(total: 3_000_000, done: 0, secondsLeft: nil))
  }

  @Test func whatIsBeingWrittenIsNoBacklog() {
    #expect(Self.backlog(Backlog.bytesMin - 1) == nil)
    #expect(Backlog(left: 1, atLeast: Backlog.hoursMin, now: 0) == nil)
  }
}
