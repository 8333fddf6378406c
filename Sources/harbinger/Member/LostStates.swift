/// The states that are still here though their partitions were lost. They are of use if a partition comes back before
/// another member has written what it has counted since, which it does within a day.
package struct LostStates {
  private struct State {
    let generation: Int32
    let since: Int64
  }

  private var states: [Int32: State] = [:]
  /// Two days, in microseconds.
  package static let keptFor: Int64 = 2 * 86_400 * 1_000_000

  package init() {}

  /// Keeps the state of a partition that was lost just now.
  package mutating func keep(_ partition: Int32, generation: Int32, now: Int64) {
    states[partition] = State(generation: generation, since: now)
  }

  /// The generation of the state that is here; nil if there is none.
  package func generation(of partition: Int32) -> Int32? { states[partition]?.generation }

  /// The state is no longer kept: the partition is held again.
  package mutating func forget(_ partition: Int32) { states[partition] = nil }

  /// The partitions whose states are outdated, in their order. They are no longer kept.
  package mutating func takeOutdated(now: Int64) -> [Int32] {
    let outdated = states.filter { $0.value.since + Self.keptFor <= now }.keys.sorted()
    for partition in outdated { states[partition] = nil }
    return outdated
  }
}
