import Alerts
import Forecasting
import Series

/// How many hours without a line may still be gone through, and how many were not.
///
/// Every hour costs a forecast of every stream, so a few lines with stray times could ask for years of work. Lines
/// pay for the silence around them: what a log of N active hours costs is bounded by N, whatever its times are. An
/// hour that the clock brings about costs nothing here, for it took an hour to come.
package struct SilenceAllowance: Equatable, Sendable {
  /// Hours of one stream.
  private(set) var hours: Int
  /// What is kept at most.
  private let hoursMax: Int
  /// Silences that were not gone through, and the hours in them.
  package private(set) var skippedSilences = 0
  package private(set) var skippedHours = 0

  /// What an hour in which a stream was active pays for: a week of it.
  static let hoursPaid = 24 * 7
  /// A silence longer than this is not gone through, whatever was paid.
  static let silenceHoursMax = 24 * 366 * 2
  /// A long weekend is gone through in any case where something was learned that could be lost.
  static let weekendHours = 24 * 4
  /// A stream that was active so often has learned something.
  static let learnedHours = 20

  /// So many times what is allowed at first: streams that have been watched for a while are not forgotten for a
  /// machine that was off for weeks.
  private static let keptShare = 20

  /// - Parameter atFirst: Hours of one stream that are allowed before a line has paid for any.
  init(atFirst: Int) {
    hours = atFirst
    hoursMax = Self.keptShare * atFirst
  }

  mutating func pay(activeStreams: Int) {
    hours = min(hoursMax, hours + Self.hoursPaid * activeStreams)
  }

  mutating func spend(idleStreams: Int) {
    hours = max(0, hours - idleStreams)
  }

  mutating func noteSkipped(hours count: Int) {
    skippedSilences += 1
    skippedHours += count
  }

  func write(to writer: inout ByteWriter) {
    for count in [hours, skippedSilences, skippedHours] { writer.write(count) }
  }

  /// Takes the place of what was counted so far.
  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hours = min(hoursMax, try reader.readTally())
    skippedSilences = try reader.readTally()
    skippedHours = try reader.readTally()
  }
}

extension Monitor {
  /// After years without a record, or stray lines of 1970, what was known of the hours is worth less than what it
  /// costs to close half a million of them: all streams begin anew.
  mutating func skipLongSilence(until closable: Int) {
    guard let hour = openHour, closable > hour else { return }
    let next = (streams.values.map { $0.series.nextHour(from: hour) } + [streamCache.nextHour])
      .compactMap { $0 }.min()
    let start = min(next ?? closable, closable)
    guard isTooLong(silence: start - hour) else { return }
    for (name, stream) in streams where stream.series.openHour < start {
      streams[name] = Stream(
        source: stream.source,
        series: HourlySeries(
          firstHour: start, openHour: start,
          buckets: stream.series.buckets.filter { $0.hour >= start }),
        forecaster: newForecaster(source: stream.source, firstHour: start),
        latestRequest: stream.latestRequest)
    }
    noteSkippedSilence(hour..<start)
    openHour = start
  }

  private func isTooLong(silence: Int) -> Bool {
    guard silence <= SilenceAllowance.silenceHoursMax else { return true }
    guard isCatchingUp, silence * streams.count > silenceAllowance.hours else { return false }
    return silence > SilenceAllowance.weekendHours || !hasLearned
  }

  private var hasLearned: Bool {
    streams.values.contains { $0.series.buckets.count >= SilenceAllowance.learnedHours }
  }

  /// Hours close by the lines that are read, not by the clock.
  var isCatchingUp: Bool { sources.contains { $0.isBehind } }

  /// An hour was closed.
  mutating func account(for hour: Int) {
    let activeCount = streams.values.count { $0.series.count(at: hour) > 0 }
    if activeCount > 0 {
      silenceAllowance.pay(activeStreams: activeCount)
    } else if isCatchingUp {
      silenceAllowance.spend(idleStreams: streams.count)
    }
  }

  /// Reported once for old lines, and each time for present ones.
  private mutating func noteSkippedSilence(_ hours: Range<Int>) {
    let isFirst = silenceAllowance.skippedSilences == 0
    silenceAllowance.noteSkipped(hours: hours.count)
    guard isFirst || isNews(hours.upperBound) else { return }
    let source = sources.filter(\.isBehind).map(\.name).min() ?? sources.first?.name
    changes.alerts.append(
      Alert(
        .stalledSource, about: source.map(Alert.Subject.source) ?? .service, isOver: true,
        hour: hours.upperBound,
        facts: Alert.Facts(
          hoursSilent: hours.count,
          reason:
            "no line came for \(hours.count) h, which costs more to go through than the lines are worth: "
            + "all streams begin anew; if the times are wrong, see the source's log")))
  }
}
