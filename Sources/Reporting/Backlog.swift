/// How far a source's old lines are read, from what was still to be read each time that a status was written.
package struct Backlog: Sendable {
  /// The most that was to be read since it was first seen.
  private var totalBytes: Int
  private let firstBytes: Int
  private let since: Int64

  /// Less than this is a log that is being written.
  package static let bytesMin = 1_000_000

  /// - Parameter now: In microseconds, of a clock that nobody sets.
  /// - Returns: Nil: there is no backlog to speak of.
  package init?(lagBytes: Int, now: Int64) {
    guard lagBytes >= Self.bytesMin else { return nil }
    (totalBytes, firstBytes, since) = (lagBytes, lagBytes, now)
  }

  /// - Returns: What a status says of it; nil: it is read.
  package mutating func update(lagBytes: Int, now: Int64) -> StatusReport.CatchUp? {
    guard lagBytes > 0 else { return nil }
    totalBytes = max(totalBytes, lagBytes)
    let seconds = Double(now - since) / 1e6
    let read = firstBytes - lagBytes
    let left = read > 0 && seconds > 0 ? Double(lagBytes) * seconds / Double(read) : nil
    return StatusReport.CatchUp(
      totalBytes: totalBytes, readBytes: totalBytes - lagBytes,
      // A guess of months helps nobody.
      secondsLeft: left.flatMap { $0 < 8_640_000 ? Int($0) : nil })
  }
}
