import Alerts
import Forecasting
import Series

/// A budget for closing hours without a line, and a count of the hours that were skipped instead.
///
/// Each closed hour costs a forecast for every stream, so a few lines with stray times could cause years of work.
/// Active hours therefore earn the idle hours that may be closed: the work for a log with N active hours is bounded by
/// N, whatever its times are, and a key that occurs in one line only earns little. Hours that close by the clock, not
/// by a log's times, cost nothing here: they cannot come faster than one an hour.
package struct SilenceAllowance: Equatable, Sendable {
  /// The hours of one stream that may still be closed; negative after a long weekend was closed on credit.
  package private(set) var hours: Int
  /// The most that `hours` can grow to.
  private let hoursMax: Int
  /// By how much a long weekend may overdraw `hours`.
  private let creditHours: Int
  /// Silences whose hours were not closed, and the number of those hours.
  package private(set) var skippedSilences = 0
  package private(set) var skippedHours = 0

  /// The most hours that one active hour of a stream earns. It earns 24 for each active hour that the stream has had so
  /// far, up to this.
  static let hoursEarnedMax = 24 * 7
  /// A longer silence is always skipped.
  static let silenceHoursMax = 24 * 366 * 2
  /// A silence of up to this length may be closed on credit if a stream has learned something that a skip would
  /// discard.
  static let weekendHours = 24 * 4
  /// A stream with this many active hours has learned something.
  static let learnedHours = 20

  /// `hoursMax` as a multiple of the initial allowance: enough that a machine that was off for weeks does not cost
  /// established streams what they have learned.
  private static let hoursMaxFactor = 40

  /// - Parameter atFirst: Hours of one stream that are allowed before any active hour.
  init(atFirst: Int) {
    hours = atFirst
    creditHours = atFirst
    hoursMax = Self.hoursMaxFactor * atFirst
  }

  /// Adds what an active hour of a stream earns.
  ///
  /// - Parameter activeHours: The number of active hours of the stream so far.
  mutating func earn(activeHours: Int) {
    hours = min(hoursMax, hours + min(Self.hoursEarnedMax, 24 * activeHours))
  }

  mutating func spend(idleStreams: Int) {
    hours = max(-creditHours, hours - idleStreams)
  }

  /// Whether closing a silence would cost more than the budget allows.
  func isTooLong(silence: Int, streamCount: Int, hasLearned: Bool) -> Bool {
    let credit = hasLearned && silence <= Self.weekendHours ? creditHours : 0
    return silence * streamCount > hours + credit
  }

  /// Pays for catching up a reloaded stream by so many hours, which are closed without forecasts.
  ///
  /// - Returns: Whether the budget was enough; if not, nothing was spent.
  mutating func spend(caughtUpHours count: Int) -> Bool {
    let cost = count / Self.forecastCost
    guard cost <= hours else { return false }
    hours -= cost
    return true
  }

  /// How many times as long an hour with its forecasts takes as one without.
  static let forecastCost = 5

  mutating func noteSkipped(hours count: Int) {
    skippedSilences += 1
    skippedHours += count
  }

  func write(to writer: inout ByteWriter) {
    for count in [hours + creditHours, skippedSilences, skippedHours] { writer.write(count) }
  }

  /// Replaces the budget and the counts by the stored ones.
  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hours = min(hoursMax, try reader.readTally() - creditHours)
    skippedSilences = try reader.readTally()
    skippedHours = try reader.readTally()
  }
}

extension StreamTable {
  /// A silence that is too expensive to close hour by hour, such as years without a record or after stray lines of
  /// 1970: what the streams have learned is worth less than closing half a million hours.
  ///
  /// - Parameters:
  ///   - hour: The open hour.
  ///   - closable: The newest hour that may close.
  ///   - isCatchingUp: Hours close by the times of the lines that are read, not by the clock.
  /// - Returns: The hours to skip; nil if the next hours are to be closed.
  func longSilence(from hour: Int, until closable: Int, isCatchingUp: Bool) -> Range<Int>? {
    guard closable > hour else { return nil }
    let next = (resident.values.map { $0.series.nextHour(from: hour) } + [cache.nextHour])
      .compactMap { $0 }.min()
    let silence = hour..<min(next ?? closable, closable)
    let isTooLong =
      silence.count > SilenceAllowance.silenceHoursMax
      || isCatchingUp
        && allowance.isTooLong(
          silence: silence.count, streamCount: resident.count, hasLearned: hasLearned)
    return isTooLong ? silence : nil
  }

  private var hasLearned: Bool {
    resident.values.contains { $0.series.observedActiveHours >= SilenceAllowance.learnedHours }
  }
}

extension Alert {
  /// Says that a silence was skipped.
  ///
  /// - Parameter source: The source whose lines came after it.
  static func skippedSilence(_ hours: Range<Int>, of source: String?) -> Alert {
    Alert(
      .stalledSource, about: source.map(Alert.Subject.source) ?? .service, isOver: true,
      hour: hours.upperBound,
      facts: Alert.Facts(
        hoursSilent: hours.count,
        reason:
          "no line came for \(hours.count) h, which costs more to go through than the lines are worth: "
          + "all streams begin anew; if the times are wrong, see the source's log"))
  }
}
