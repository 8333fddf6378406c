import Glibc

/// All that is remembered of one stream at the end of an hour (the origin), from which the features of
/// every lead follow. It is advanced hour by hour and never looks back at the series, so what a forecast
/// knew is what was known.
package struct RollingFeatures: Equatable, Sendable {
  package let calendar: HourCalendar
  private var activity: RecentActivity
  private var climatology = Climatology()
  private var gaps = GapHistogram()
  /// Decaying activity, one for each of `halfLivesHours`.
  private var decaying: [Double]
  private var lastActive: Int?
  private var lastButOneActive: Int?
  private var runLength = 0

  private static let halfLivesHours = [6.0, 24, 168, 720]
  private static let decays = halfLivesHours.map { exp2(-1 / $0) }
  private static let windowsHours = [1, 3, 6, 12, 24, 72, 168, 720]

  /// - Parameter hour: The first hour that will be closed.
  package init(startingAt hour: Int, calendar: HourCalendar) {
    self.calendar = calendar
    activity = RecentActivity(startingAt: hour)
    decaying = Array(repeating: 0, count: Self.halfLivesHours.count)
  }

  /// The newest closed hour: what is known ends here.
  package var origin: Int { activity.newest }

  /// Closes the next hour.
  package mutating func close(active: Bool, count: Int) {
    let hour = activity.newest + 1
    activity.record(active: active, count: count)
    let local = calendar.local(hour)
    climatology.record(
      active: active, hourOfDay: local.hourOfDay, weekday: calendar.weekday(local))
    if active {
      gaps.recordArrival(gap: lastActive.map { hour - $0 })
      lastButOneActive = lastActive
      lastActive = hour
      runLength += 1
    } else {
      gaps.recordIdleHour()
      runLength = 0
    }
    for (index, decay) in Self.decays.enumerated() {
      decaying[index] = decaying[index] * decay + (active ? 1 - decay : 0)
    }
  }

  /// What the simple baselines say of the hour `lead` hours after the origin.
  package func baselines(lead: Int) -> Baselines {
    let target = calendar.local(origin + lead)
    let hourOfDay = climatology.hourOfDayRate(target.hourOfDay)
    return Baselines(
      baseRate: climatology.baseRate,
      hourOfDay: hourOfDay,
      hourOfWeek: climatology.hourOfWeekRate(
        hourOfDay: target.hourOfDay, weekday: calendar.weekday(target)),
      gapHistogram: min(max(gaps.probability(lead: lead, fallback: hourOfDay), 1e-4), 1 - 1e-4),
      intermittentDemand: climatology.intermittentDemandRate)
  }

  /// Appends one row of `featureNames.count` unscaled features.
  package func appendRow(lead: Int, baselines: Baselines, to rows: inout [Float]) {
    let before = rows.count
    appendCalendar(of: origin + lead, to: &rows)
    appendRecency(lead: lead, to: &rows)
    appendLevels(to: &rows)
    appendSameHours(lead: lead, to: &rows)
    appendBaselines(lead: lead, baselines, to: &rows)
    precondition(
      rows.count - before == Self.featureNames.count, "a feature row must match its schema")
  }

  /// In the order of a row.
  package static let featureNames: [String] =
    ["sin", "cos"].flatMap { wave in (1...3).map { "\(wave) day \($0)" } }
    + ["sin", "cos"].flatMap { wave in (1...2).map { "\(wave) week \($0)" } }
    + ["weekend", "log lead"]
    + ["log since last", "log since last but one", "log since last at target", "log run length"]
    + windowsHours.map { "active share \($0) h" }
    + ["log requests 24 h", "log requests 1 h"]
    + halfLivesHours.map { "decaying activity \(Int($0)) h" }
    + (1...7).map { "same hour \($0) d ago" }
    + (1...4).map { "same hour \($0) wk ago" }
    + ["hour before, last day", "hour after, last day"]
    + ["hour before, last week", "hour after, last week"]
    + ["logit hour of day", "logit hour of week", "logit base rate", "logit gap hazard"]
    + ["gap share near", "log gap survivors", "logit intermittent demand"]
}

extension RollingFeatures {
  private func appendCalendar(of target: Int, to rows: inout [Float]) {
    let local = calendar.local(target)
    let weekday = calendar.weekday(local)
    let day = 2 * Double.pi * Double(local.hourOfDay) / 24
    let week = 2 * Double.pi * Double(24 * weekday + local.hourOfDay) / 168
    for harmonic in 1...3 { rows.append(Float(sin(Double(harmonic) * day))) }
    for harmonic in 1...3 { rows.append(Float(cos(Double(harmonic) * day))) }
    for harmonic in 1...2 { rows.append(Float(sin(Double(harmonic) * week))) }
    for harmonic in 1...2 { rows.append(Float(cos(Double(harmonic) * week))) }
    rows.append(weekday >= 5 ? 1 : 0)
    rows.append(Float(log(Double(target - origin))))
  }

  private func appendRecency(lead: Int, to rows: inout [Float]) {
    let sinceLast = hoursSince(lastActive)
    rows.append(Float(log1p(sinceLast)))
    rows.append(Float(log1p(hoursSince(lastButOneActive))))
    rows.append(Float(log1p(sinceLast + Double(lead))))
    rows.append(Float(log1p(Double(runLength))))
  }

  private func hoursSince(_ hour: Int?) -> Double {
    Double(hour.map { min(origin - $0, GapHistogram.range) } ?? GapHistogram.range)
  }

  private func appendLevels(to rows: inout [Float]) {
    for hours in Self.windowsHours {
      rows.append(Float(activity.activeCount(last: hours)) / Float(hours))
    }
    rows.append(Float(log1p(Double(activity.requestCount(last: 24)))))
    rows.append(Float(log1p(Double(activity.requestCount(last: 1)))))
    for value in decaying { rows.append(Float(value)) }
  }

  /// The target's hour on earlier days and weeks, as far as they are known at the origin.
  private func appendSameHours(lead: Int, to rows: inout [Float]) {
    let target = origin + lead
    let days = (lead + 23) / 24
    let weeks = (lead + 167) / 168
    for day in days..<days + 7 { append(calendar.hour(target, daysEarlier: day), to: &rows) }
    for week in weeks..<weeks + 4 { append(calendar.hour(target, daysEarlier: 7 * week), to: &rows) }
    for daysEarlier in [days, 7 * weeks] {
      let hour = calendar.hour(target, daysEarlier: daysEarlier)
      append(hour - 1, to: &rows)
      append(hour + 1, to: &rows)
    }
  }

  private func append(_ hour: Int, to rows: inout [Float]) {
    rows.append(activity.wasActive(hour) ? 1 : 0)
  }

  private func appendBaselines(lead: Int, _ baselines: Baselines, to rows: inout [Float]) {
    rows.append(logit(baselines.hourOfDay))
    rows.append(logit(baselines.hourOfWeek))
    rows.append(logit(baselines.baseRate))
    rows.append(logit(baselines.gapHistogram))
    rows.append(Float(gaps.shareNear(lead: lead)))
    rows.append(Float(log1p(gaps.survivorCount)))
    rows.append(logit(baselines.intermittentDemand))
  }

  private func logit(_ probability: Double) -> Float {
    Float(log(probability / (1 - probability)))
  }
}

extension RollingFeatures {
  package func write(to writer: inout ByteWriter) {
    activity.write(to: &writer)
    climatology.write(to: &writer)
    gaps.write(to: &writer)
    writer.write(decaying)
    writer.write(lastActive ?? Int.min)
    writer.write(lastButOneActive ?? Int.min)
    writer.write(runLength)
  }

  package init(from reader: inout ByteReader, calendar: HourCalendar) throws(ByteReader.Damaged) {
    self.calendar = calendar
    activity = try RecentActivity(from: &reader)
    climatology = try Climatology(from: &reader)
    gaps = try GapHistogram(from: &reader)
    decaying = try reader.readArray(of: Double.self, count: Self.halfLivesHours.count)
    let last = try reader.readInt()
    let lastButOne = try reader.readInt()
    lastActive = last == Int.min ? nil : last
    lastButOneActive = lastButOne == Int.min ? nil : lastButOne
    runLength = try reader.readInt()
  }
}

/// The simple forecasts that every other one must beat.
package struct Baselines: Equatable, Sendable {
  package var baseRate: Double
  package var hourOfDay: Double
  package var hourOfWeek: Double
  package var gapHistogram: Double
  package var intermittentDemand: Double
}
