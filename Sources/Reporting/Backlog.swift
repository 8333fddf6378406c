/// How far old lines, or old hours, are gone through, from what was left of them each time that a status was written.
package struct Backlog: Sendable {
  /// Bytes or hours.
  package struct Progress: Equatable, Sendable {
    /// How many there were when most were left.
    package var total: Int
    /// How many of these are read or closed.
    package var done: Int
    /// At the speed so far; nil: not known yet.
    package var secondsLeft: Int?

    package init(total: Int, done: Int, secondsLeft: Int?) {
      self.total = total
      self.done = done
      self.secondsLeft = secondsLeft
    }
  }

  /// The most that was left since it was first seen.
  private var total: Int
  private let first: Int
  private let since: Int64

  /// Less than this is a log that is being written.
  package static let bytesMin = 1_000_000
  /// One hour may stay open after its end while a network is trained.
  package static let hoursMin = 2

  /// - Parameter now: In microseconds, of a clock that nobody sets.
  /// - Returns: Nil: there is no backlog to speak of.
  package init?(left: Int, atLeast least: Int, now: Int64) {
    guard left >= least else { return nil }
    (total, first, since) = (left, left, now)
  }

  /// - Returns: What a status says of it; nil: nothing is left.
  package mutating func update(left: Int, now: Int64) -> Progress? {
    guard left > 0 else { return nil }
    total = max(total, left)
    let seconds = Double(now - since) / 1e6
    let done = first - left
    let secondsLeft = done > 0 && seconds > 0 ? Double(left) * seconds / Double(done) : nil
    return Progress(
      total: total, done: total - left,
      // A guess of months helps nobody.
      secondsLeft: secondsLeft.flatMap { $0 < 8_640_000 ? Int($0) : nil })
  }
}
