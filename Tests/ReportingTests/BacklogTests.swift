import Reporting
import Testing

struct BacklogTests {
  @Test func shareAndRestFollowWhatIsStillToBeRead() throws {
    var backlog = try #require(Backlog(lagBytes: 8_000_000, now: 0))
    #expect(
      backlog.update(lagBytes: 8_000_000, now: 0)
        == StatusReport.CatchUp(totalBytes: 8_000_000, readBytes: 0, secondsLeft: nil))
    // Two of eight million bytes in ten seconds.
    #expect(
      backlog.update(lagBytes: 6_000_000, now: 10_000_000)
        == StatusReport.CatchUp(totalBytes: 8_000_000, readBytes: 2_000_000, secondsLeft: 30))
    #expect(backlog.update(lagBytes: 0, now: 40_000_000) == nil)
  }

  @Test func aLogThatGrowsFasterThanItIsReadHasNoEnd() throws {
    var backlog = try #require(Backlog(lagBytes: 2_000_000, now: 0))
    #expect(
      backlog.update(lagBytes: 3_000_000, now: 1_000_000)
        == StatusReport.CatchUp(totalBytes: 3_000_000, readBytes: 0, secondsLeft: nil))
  }

  @Test func whatIsBeingWrittenIsNoBacklog() {
    #expect(Backlog(lagBytes: Backlog.bytesMin - 1, now: 0) == nil)
  }
}
