import Alerts
import Forecasting
import Series

/// How many hours without a line may still be gone through, and how many were not.
///
/// Every hour costs a forecast of every stream, so a few lines with stray times could ask for years of work. Lines
/// pay for the silence around them: what a log of N active hours costs is bounded by N, whatever its times are, and a
/// key that was made up for one line pays little. An hour that the clock brings about costs nothing here, for it took
/// an hour to come.
package struct SilenceAllowance: Equatable, Sendable {
  /// Hours of one stream; less than none where a long weekend was gone through on credit.
  package private(set) var hours: Int
  /// What is kept at most.
  private let hoursMax: Int
  /// What a long weekend may cost beyond what is left.
  private let creditHours: Int
  /// Silences that were not gone through, and the hours in them.
  package private(set) var skippedSilences = 0
  package private(set) var skippedHours = 0

  /// What an hour in which a stream was active pays for: a day for each that it was active in so far, up to a week.
  static let hoursPaidMax = 24 * 7
  /// A silence longer than this is not gone through, whatever was paid.
  static let silenceHoursMax = 24 * 366 * 2
  /// A long weekend is gone through on credit where something was learned that could be lost.
  static let weekendHours = 24 * 4
  /// A stream that was active so often has learned something.
  static let learnedHours = 20

  /// So many times what is allowed at first: streams that have been watched for a while are not forgotten for a
  /// machine that was off for weeks.
  private static let keptShare = 40

  /// - Parameter atFirst: Hours of one stream that are allowed before a line has paid for any.
  init(atFirst: Int) {
    hours = atFirst
    creditHours = atFirst
    hoursMax = Self.keptShare * atFirst
  }

  /// A stream was active.
  ///
  /// - Parameter activeHours: In how many hours so far.
  mutating func pay(activeHours: Int) {
    hours = min(hoursMax, hours + min(Self.hoursPaidMax, 24 * activeHours))
  }

  mutating func spend(idleStreams: Int) {
    hours = max(-creditHours, hours - idleStreams)
  }

  /// Whether a silence costs more than is left.
  func isTooLong(silence: Int, streamCount: Int, hasLearned: Bool) -> Bool {
    let credit = hasLearned && silence <= Self.weekendHours ? creditHours : 0
    return silence * streamCount > hours + credit
  }

  /// To bring back a stream that was dormant so long, whose hours are made good without forecasts.
  ///
  /// - Returns: Whether it can be afforded; then it is spent.
  mutating func takeRecall(hours count: Int) -> Bool {
    let cost = count / Self.forecastCost
    guard cost <= hours else { return false }
    hours -= cost
    return true
  }

  /// An hour with its forecasts takes so many times as long as one without.
  private static let forecastCost = 5

  mutating func noteSkipped(hours count: Int) {
    skippedSilences += 1
    skippedHours += count
  }

  func write(to writer: inout ByteWriter) {
    for count in [hours + creditHours, skippedSilences, skippedHours] { writer.write(count) }
  }

  /// Takes the place of what was counted so far.
  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    hours = min(hoursMax, try reader.readTally() - creditHours)
    skippedSilences = try reader.readTally()
    skippedHours = try reader.readTally()
  }
}

extension Monitor {
  /// After years without a record, or stray lines of 1970, what was known of the hours is worth less than what it
  /// costs to close half a million of them: all streams begin anew, each with its next request.
  mutating func skipLongSilence(until closable: Int) {
    guard let hour = openHour, closable > hour else { return }
    let next = (streams.values.map { $0.series.nextHour(from: hour) } + [streamCache.nextHour])
      .compactMap { $0 }.min()
    let start = min(next ?? closable, closable)
    guard isTooLong(silence: start - hour) else { return }
    for (name, stream) in streams where stream.series.openHour < start {
      let anew = Stream(
        source: stream.source,
        series: HourlySeries(
          firstHour: start, openHour: start,
          buckets: stream.series.buckets.filter { $0.hour >= start }),
        forecaster: newForecaster(source: stream.source, firstHour: start),
        latestRequest: stream.latestRequest)
      if anew.series.buckets.isEmpty {
        // The state says from when on it is to be known again.
        streams[name] = nil
        forgottenStreams[name] = start
        changes.streams[name] = learned(anew)
      } else {
        streams[name] = anew
      }
    }
    noteSkippedSilence(hour..<start)
    openHour = start
  }

  private func isTooLong(silence: Int) -> Bool {
    guard silence <= SilenceAllowance.silenceHoursMax else { return true }
    return isCatchingUp
      && silenceAllowance.isTooLong(
        silence: silence, streamCount: streams.count, hasLearned: hasLearned)
  }

  private var hasLearned: Bool {
    streams.values.contains { $0.series.observedActiveHours >= SilenceAllowance.learnedHours }
  }

  /// Hours close by the lines that are read, not by the clock.
  var isCatchingUp: Bool { sources.contains { $0.isBehind } }

  /// An hour was closed.
  mutating func account(for hour: Int) {
    var isActive = false
    for stream in streams.values where stream.series.count(at: hour) > 0 {
      isActive = true
      silenceAllowance.pay(activeHours: stream.series.observedActiveHours)
    }
    if !isActive, isCatchingUp { silenceAllowance.spend(idleStreams: streams.count) }
  }

  /// Reported once for old lines, and each time for present ones.
  mutating func noteSkippedSilence(_ hours: Range<Int>) {
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
