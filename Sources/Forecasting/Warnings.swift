import Alerts
import Series

/// The warnings that one threshold gives of requests to come: one an episode, each judged when its hour is
/// over.
struct Warnings: Equatable, Sendable {
  /// A warning whose hour, or the one after it, is not over yet.
  struct Pending: Equatable, Sendable {
    var origin: Int
    var hour: Int
    var isDelivered: Bool
  }

  /// There was one, and the probability has not fallen below the clear level since.
  private var isRaised = false
  private(set) var pending: [Pending] = []

  /// One warning an episode: raised by the first hour within the leads that reaches the threshold, cleared
  /// when none within them reaches the clear level any more.
  ///
  /// - Returns: The hour to warn of, by its lead.
  mutating func rise(
    active: Bool, forecasts: [Double], leads: ClosedRange<Int>, threshold: Double, clear: Double
  ) -> Int? {
    let window = forecasts.prefix(leads.upperBound).indices.dropFirst(leads.lowerBound - 1)
    if isRaised { isRaised = window.contains { forecasts[$0] >= clear } }
    // While it is active, the next hour is no news.
    let first = window.first { forecasts[$0] >= threshold && !(active && $0 == 0) }
    guard !isRaised, let first else { return nil }
    isRaised = true
    return first + 1
  }

  mutating func add(origin: Int, hour: Int, isDelivered: Bool) {
    pending.append(Pending(origin: origin, hour: hour, isDelivered: isDelivered))
  }

  /// A request in the hour itself is a hit; one in the hour before or after is early or late.
  mutating func judge(
    hour: Int, active: Bool, wasActive: Bool
  ) -> [(warning: Pending, outcome: Alert.Outcome)] {
    var judged: [(warning: Pending, outcome: Alert.Outcome)] = []
    pending.removeAll { warning in
      let outcome: Alert.Outcome
      switch hour - warning.hour {
      case 0 where active: outcome = .hit
      case 0 where wasActive && warning.origin < hour - 1: outcome = .early
      case 1 where active: outcome = .late
      case 1...: outcome = .falseAlarm
      default: return false
      }
      judged.append((warning, outcome))
      return true
    }
    return judged
  }

  /// Whether an alert was delivered for this hour, which is just over, or for one beside it.
  func hasWarned(of hour: Int) -> Bool {
    pending.contains { $0.isDelivered && abs($0.hour - hour) <= 1 }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(isRaised ? 1 : 0)
    writer.write(pending.flatMap { [$0.origin, $0.hour, $0.isDelivered ? 1 : 0] })
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    isRaised = try reader.readInt() != 0
    let numbers = try reader.readArray(of: Int.self)
    // One comes an hour, and stays no longer than the longest lead.
    guard numbers.count.isMultiple(of: 3), numbers.count <= 3 * 24 * 8,
      numbers.allSatisfy((0...ByteReader.lastHour).contains)
    else { throw ByteReader.Damaged() }
    pending = stride(from: 0, to: numbers.count, by: 3).map {
      Pending(origin: numbers[$0], hour: numbers[$0 + 1], isDelivered: numbers[$0 + 2] != 0)
    }
  }
}
