/// Of the lines that came last, how many were rejected: the whole log's share says little once it is long.
package struct RecentRejections: Equatable, Sendable {
  /// Lines that are remembered; older ones count half as much with each such number after them.
  private static let memory = 1_000
  /// Fewer say nothing.
  private static let linesMin = 20

  private var lineCount = 0
  private var rejectedCount = 0
  /// Set while most are rejected.
  package private(set) var problem: Problem?

  /// What was so when most lines began to be rejected; it stays the same until hardly any are.
  package struct Problem: Hashable, Sendable {
    package let rejectedCount: Int
    package let lineCount: Int
    /// Why most of them were.
    package let reason: RejectionReason
  }

  package init() {}

  /// - Parameter batch: What the next lines of the source came to.
  package mutating func add(_ batch: RecordBatch) {
    lineCount += batch.lineCount - batch.headerCount
    rejectedCount += batch.rejections.values.reduce(0) { $0 + $1.count }
    let worst = batch.rejections.max {
      ($0.value.count, $1.key.rawValue) < ($1.value.count, $0.key.rawValue)
    }
    if problem == nil, lineCount >= Self.linesMin, 2 * rejectedCount > lineCount, let worst {
      problem = Problem(rejectedCount: rejectedCount, lineCount: lineCount, reason: worst.key)
    } else if 4 * rejectedCount < lineCount {
      problem = nil
    }
    while lineCount > Self.memory {
      lineCount /= 2
      rejectedCount /= 2
    }
  }
}
