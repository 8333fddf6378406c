import Arithmetic
import Forecasting
package import Monitoring
package import Records
import Series

/// What is forecast of one stream, and what it is held against: from the status of the daemon, or from a state.
package struct StreamOutlook: Equatable, Sendable {
  /// How much was seen of a stream, and how much its alerts wait for.
  package struct Evidence: Equatable, Sendable {
    /// The first hour that was counted.
    package var since: Int
    package var activeHours: Int
    package var activeDays: Int
    package var neededActiveHours: Int
    package var neededDays: Int

    package init(
      since: Int, activeHours: Int, activeDays: Int, neededActiveHours: Int, neededDays: Int
    ) {
      self.since = since
      self.activeHours = activeHours
      self.activeDays = activeDays
      self.neededActiveHours = neededActiveHours
      self.neededDays = neededDays
    }

    package var isEnough: Bool { activeHours >= neededActiveHours && activeDays >= neededDays }

    /// When there will be enough, at the rate since the first hour; nil: nothing was seen yet.
    package func expectedHour(now: Int) -> Int? {
      guard activeHours > 0, activeDays > 0, now > since else { return nil }
      let factor = max(
        Double(neededActiveHours) / Double(activeHours), Double(neededDays) / Double(activeDays))
      let hours = Double(now - since) * factor
      return (0..<24 * 366 * 10).contains(hours) ? since + Int(nearest: hours.rounded(.up)) : nil
    }
  }

  package var stream: String
  package var zone: TimeZoneRules
  /// The newest closed hour, and the probabilities of those after it; nil before the first is closed.
  package var origin: Int?
  /// By lead, from 1; empty before the first hour is closed.
  package var probabilities: [Double]
  /// From which on an hour is worth an alert; nil: it is not known.
  package var threshold: Double?
  /// Nil: it is not known.
  package var evidence: Evidence?
  /// A network was trained and takes part.
  package var hasNetwork = true

  package init(
    stream: String, zone: TimeZoneRules, origin: Int?, probabilities: [Double], threshold: Double?,
    evidence: Evidence?
  ) {
    self.stream = stream
    self.zone = zone
    self.origin = origin
    self.probabilities = probabilities
    self.threshold = threshold
    self.evidence = evidence
  }

  /// One hour ahead.
  package struct Hour: Equatable, Sendable {
    package var hour: Int
    package var probability: Double
    /// It reaches the threshold.
    package var isLikely: Bool
  }

  /// The nearest hours, at most so many.
  package func hours(_ count: Int) -> [Hour] {
    guard let origin else { return [] }
    return probabilities.prefix(count).enumerated().map { index, probability in
      Hour(
        hour: origin + 1 + index, probability: probability,
        isLikely: threshold.map { probability >= $0 } ?? false)
    }
  }

  /// How long after its end an hour may stay open: for late lines, and while a network is trained.
  private static let patienceSeconds: Int64 = 180

  /// For how many hours there should have been a newer forecast; nil: it is the newest that there can be.
  ///
  /// - Parameter now: Seconds since the epoch.
  package func hoursStale(now: Int64) -> Int? {
    guard let origin else { return nil }
    let due = Int64(origin + 2) * 3600
    return now < due + Self.patienceSeconds ? nil : Int((now - due) / 3600) + 1
  }
}

extension StreamOutlook {
  /// - Parameters:
  ///   - zone: Finds the rules of a zone by its name.
  package init(_ status: StatusReport.Stream, zone: (String) -> TimeZoneRules?) {
    let first = status.next.first.flatMap { UTCTime.hour(of: $0.hour) }
    let isContiguous = status.next.enumerated().allSatisfy { index, forecast in
      UTCTime.hour(of: forecast.hour) == first.map { $0 + index }
    }
    self.init(
      stream: status.name, zone: status.timeZone.flatMap(zone) ?? .utc,
      origin: isContiguous ? first.map { $0 - 1 } : nil,
      probabilities: status.next.map(\.probability), threshold: status.upcoming.threshold,
      evidence: status.evidence.flatMap(Evidence.init))
    hasNetwork = status.next.isEmpty || status.next.contains { $0.score != nil }
  }
}

extension StreamOutlook.Evidence {
  /// Nil: its first hour is none.
  fileprivate init?(_ status: StatusReport.Evidence) {
    guard let since = UTCTime.hour(of: status.since) else { return nil }
    self.init(
      since: since, activeHours: status.activeHours, activeDays: status.activeDays,
      neededActiveHours: status.neededActiveHours, neededDays: status.neededDays)
  }
}

extension StatusReport.Evidence {
  /// The same, as the status and `forecast --json` say it.
  package init(_ evidence: StreamOutlook.Evidence) {
    self.init(
      since: UTCTime(hour: evidence.since).text, activeHours: evidence.activeHours,
      activeDays: evidence.activeDays, neededActiveHours: evidence.neededActiveHours,
      neededDays: evidence.neededDays)
  }
}

extension StreamOutlook {
  /// What a monitor says of a stream of its own.
  package init(_ stream: Monitor.Stream, as name: String) {
    let learned = stream.learned
    let forecaster = learned.forecaster
    self.init(
      stream: name, zone: forecaster.features.calendar.timeZone, origin: forecaster.origin,
      probabilities: forecaster.forecasts.map(\.probability), threshold: learned.policy.threshold,
      evidence: nil)
  }
}
