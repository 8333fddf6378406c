/// The share of rejected lines among the recent ones; the share of a whole log changes little once it is long.
package struct RecentRejections: Equatable, Sendable {
  /// The number of lines after which older ones count half as much.
  private static let memory = 1_000
  /// With fewer lines no problem is reported.
  private static let linesMin = 20

  private var lineCount = 0
  private var rejectedCount = 0
  /// Set when more than half of the lines are rejected, until less than a quarter is.
  package private(set) var problem: Problem?

  /// The numbers when the problem was found; they do not change while it lasts.
  package struct Problem: Hashable, Sendable {
    package let rejectedCount: Int
    package let lineCount: Int
    /// The most frequent reason.
    package let reason: RejectionReason
  }

  package init() {}

  /// - Parameter batch: The results of the next lines of the source.
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
