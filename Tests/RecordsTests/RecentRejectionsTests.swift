import Records
import Testing

struct RecentRejectionsTests {
  private func batch(_ lines: Int, rejected: Int) -> RecordBatch {
    var batch = RecordBatch()
    batch.lineCount = lines
    if rejected > 0 {
      batch.rejections = [
        .malformed: .init(count: rejected, example: "x"), .future: .init(count: 1, example: "y"),
      ]
      batch.lineCount += 1
    }
    return batch
  }

  @Test func mostOfAFewLinesSayNothing() {
    var recent = RecentRejections()
    recent.add(batch(10, rejected: 10))
    #expect(recent.problem == nil)
    recent.add(batch(10, rejected: 10))
    #expect(recent.problem?.rejectedCount == 22 && recent.problem?.lineCount == 22)
    #expect(recent.problem?.reason == .malformed)
  }

  /// Goal: a format that changes after years of good lines is reported at once, and so is the end of the problem.
  @Test func longPastDoesNotHideThePresent() {
    var recent = RecentRejections()
    for _ in 0..<1_000 { recent.add(batch(1_000, rejected: 0)) }
    for _ in 0..<30 { recent.add(batch(100, rejected: 99)) }
    let problem = recent.problem
    #expect(problem?.reason == .malformed)
    // It stays one problem, however many lines follow.
    recent.add(batch(100, rejected: 99))
    #expect(recent.problem == problem)
    for _ in 0..<100 { recent.add(batch(100, rejected: 0)) }
    #expect(recent.problem == nil)
  }

  @Test func aFewAmongManyAreNoProblem() {
    var recent = RecentRejections()
    for _ in 0..<100 { recent.add(batch(100, rejected: 30)) }
    #expect(recent.problem == nil)
  }
}
