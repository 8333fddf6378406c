import Arithmetic
package import Records

/// The hours ahead of one stream, for people.
package struct ForecastText {
  package private(set) var lines: [String] = []

  private let outlook: StreamOutlook
  private let style: TerminalStyle

  /// - Parameters:
  ///   - hourCount: How many hours are asked for.
  ///   - now: Seconds since the epoch; nil: the forecast is of an old log, and is not to be of today.
  ///   - keeper: Who was to keep it up to date.
  package init(
    _ outlook: StreamOutlook, hourCount: Int, now: Int64?, from keeper: ForecastKeeper = .nobody,
    _ style: TerminalStyle
  ) {
    self.outlook = outlook
    self.style = style
    let hours = outlook.hours(hourCount)
    guard let first = hours.first else {
      lines = [name + ": no forecast yet; one is made when this hour is over"]
      appendEvidence()
      return
    }
    let start = LocalTime(hour: first.hour, in: outlook.zone)
    append("\(name): probability of a request in percent, from \(start.text)")
    appendStaleness(now: now, keeper)
    lines += chart(hours).lines(style)
    if hours.count < hourCount {
      append("The forecast ends there: it looks \(Decimals.counted(hours.count, "hour")) ahead.")
    }
    let due = DueHours(hours, threshold: outlook.threshold, outlook.zone)
    for sentence in due.sentences { append(sentence) }
    appendEvidence()
  }

  private var name: String { style.shown(outlook.stream, limit: 60) }

  private mutating func append(_ text: String) { lines += style.wrapped(text) }

  private mutating func appendStaleness(now: Int64?, _ keeper: ForecastKeeper) {
    guard let now, let stale = keeper.hoursStale(outlook, now: now), let origin = outlook.origin
    else { return }
    let made = LocalTime(hour: origin + 1, in: outlook.zone).text
    let age = stale < 48 ? Decimals.counted(stale, "hour") : Decimals.counted(stale / 24, "day")
    append(
      "STALE: it was made at \(made), and for \(age) there should have been a newer one: "
        + "\(keeper.reason)."
    )
  }

  private func chart(_ hours: [StreamOutlook.Hour]) -> BarChart {
    var day: String?
    let bars = hours.map { hour in
      let local = LocalTime(hour: hour.hour, in: outlook.zone)
      defer { day = local.day }
      return BarChart.Bar(
        label: String(local.time.prefix(2)), value: hour.probability,
        heading: day == local.day ? nil : "\(local.weekday) \(local.day)")
    }
    return BarChart(bars: bars, threshold: outlook.threshold)
  }

  private mutating func appendEvidence() {
    if let evidence = outlook.evidence, !evidence.isEnough {
      append(Self.sentence(evidence, now: (outlook.origin ?? evidence.since) + 1, outlook.zone))
    }
    if !outlook.hasNetwork {
      append(
        "No network is trained yet: until then simple statistics of its hours and the pretrained network forecast."
      )
    }
  }

  /// What is known of a young stream, and what its alerts wait for.
  package static func sentence(
    _ evidence: StreamOutlook.Evidence, now: Int, _ zone: TimeZoneRules
  ) -> String {
    let since = LocalTime(hour: evidence.since, in: zone).text
    let expected = evidence.expectedHour(now: now).map { LocalTime(hour: $0, in: zone) }
    // Before its first hour is over nothing is known of it, though its lines may begin long ago.
    let known =
      evidence.activeHours == 0
      ? ""
      : "active in \(Decimals.counted(evidence.activeHours, "hour")) on "
        + "\(Decimals.counted(evidence.activeDays, "day")) since \(since); "
    return "Young: " + known + "its alerts are delivered from "
      + "\(Decimals.counted(evidence.neededActiveHours, "active hour")) on "
      + Decimals.counted(evidence.neededDays, "day")
      + (expected.map { ", at this rate from about \($0.weekday) \($0.date)" } ?? "") + "."
  }
}
