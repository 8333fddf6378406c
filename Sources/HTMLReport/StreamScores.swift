import Arithmetic
import Forecasting
import Reporting
import Series

/// How right the forecasts of a stream were, and what warnings of them were worth: from what was forecast and
/// what came, hour by hour.
struct StreamScores {
  enum Forecaster: CaseIterable {
    case harbinger, hourOfWeek, hourOfDay, baseRate

    var name: String {
      switch self {
      case .harbinger: "Harbinger"
      case .hourOfWeek: "hour of week"
      case .hourOfDay: "hour of day"
      case .baseRate: "base rate"
      }
    }
  }

  /// Forecasts of about the same probability, and their outcomes.
  struct Bin: Equatable {
    var count = 0
    var activeCount = 0
    var probabilitySum = 0.0

    var meanProbability: Double { probabilitySum / Double(max(1, count)) }
    var activeShare: Double { Double(activeCount) / Double(max(1, count)) }
  }

  struct Week {
    /// The first target hour.
    var start: Int
    var hours: Int
    /// Skill in log-loss against the base rate.
    var skill: [Forecaster: Double]
  }

  struct Trial {
    var threshold: Double
    var tally: WarningTally
    /// It is the one in use.
    var isUsed: Bool
  }

  private(set) var scored: [Forecaster: ScoredForecasts] = [:]
  /// Of equal width, by rising probability.
  private(set) var bins = Array(repeating: Bin(), count: 10)
  private(set) var weeks: [Week] = []
  /// By rising threshold.
  private(set) var trials: [Trial] = []
  /// What a unit that sleeps would have cost; nil: nothing was forecast, or nothing came.
  private(set) var waking: WakeComparison?

  private static let weekHours = 168
  /// A week with fewer scored hours says nothing.
  private static let weekHoursMin = 48

  init(_ history: StreamHistory) {
    guard let first = history.activeHours.first, let last = history.outlook.origin, first <= last
    else { return }
    let active = Set(history.activeHours)
    var rolling = RollingFeatures(
      startingAt: first, calendar: HourCalendar(timeZone: history.outlook.zone))
    var warnings = WarningReplay(history)
    var nextHour: [Int: Double] = [:]
    for hour in first...last {
      let isActive = active.contains(hour)
      rolling.close(active: isActive, count: isActive ? 1 : 0)
      guard let probabilities = history.forecasts[hour] else { continue }
      warnings.close(hour, active: isActive, probabilities)
      if hour < last { nextHour[hour + 1] = probabilities.first }
      for lead in history.leadHours where lead <= probabilities.count && hour + lead <= last {
        record(
          probabilities[lead - 1], rolling.baselines(lead: lead),
          active: active.contains(hour + lead), hour: hour + lead)
      }
    }
    trials = warnings.trials
    let waking = WakeComparison(
      [WakeHistory(activeHours: history.activeHours, probabilities: nextHour)], idleHours: 0)
    self.waking = waking.activeCount > 0 ? waking : nil
    weeks = weeks(upTo: last)
  }

  private mutating func record(
    _ probability: Double, _ baselines: Baselines, active: Bool, hour: Int
  ) {
    for forecaster in Forecaster.allCases {
      let said =
        switch forecaster {
        case .harbinger: probability
        case .hourOfWeek: baselines.hourOfWeek
        case .hourOfDay: baselines.hourOfDay
        case .baseRate: baselines.baseRate
        }
      scored[forecaster, default: ScoredForecasts()].append(said, active: active, hour: hour)
    }
    let bin = min(
      bins.count - 1, max(0, Int(nearest: (probability * Double(bins.count)).rounded(.down))))
    bins[bin].count += 1
    bins[bin].activeCount += active ? 1 : 0
    bins[bin].probabilitySum += probability
  }

  private func weeks(upTo last: Int) -> [Week] {
    guard let hours = scored[.harbinger]?.hours, let first = hours.min() else { return [] }
    return stride(from: last + 1, to: first, by: -Self.weekHours).map { end in
      let range = end - Self.weekHours..<end
      let parts = scored.mapValues { $0.within(range) }
      let reference = parts[.baseRate] ?? ScoredForecasts()
      return Week(
        start: range.lowerBound, hours: Set(reference.hours).count,
        skill: parts.mapValues { $0.skill(against: reference) })
    }.filter { $0.hours >= Self.weekHoursMin }.reversed()
  }

  /// Against the base rate or another baseline; nil: nothing was scored.
  func skill(of forecaster: Forecaster, against reference: Forecaster) -> Double? {
    guard let own = scored[forecaster], let other = scored[reference], own.count > 0 else {
      return nil
    }
    return own.skill(against: other)
  }

  var usedTrial: Trial? { trials.first(where: \.isUsed) }
}

/// The warnings that each threshold would have given, by the policy of the daemon.
private struct WarningReplay {
  private var policy = AlertPolicy()
  private let settings: AlertSettings
  private let threshold: Double?
  /// The forecast of the next hour, and the hour.
  private var nearest: (hour: Int, probability: Double)?

  init(_ history: StreamHistory) {
    threshold = history.outlook.threshold
    var settings = AlertSettings()
    settings.leadHours = history.leadHours
    if let threshold { settings.threshold = .fixed(threshold) }
    settings.clear = min(settings.clear, (threshold ?? 0.5) * 0.6)
    // Nothing is withheld, so that the threshold in use is counted as the others are.
    settings.cooldownHours = 0...0
    self.settings = settings
  }

  mutating func close(_ hour: Int, active: Bool, _ probabilities: [Double]) {
    let expected = nearest.flatMap { $0.hour == hour ? $0.probability : nil }
    _ = policy.decide(
      stream: "", hour: hour, minuteOfDay: 0, active: active, expected: expected,
      forecasts: probabilities, settings: settings)
    nearest = probabilities.first.map { (hour + 1, $0) }
  }

  var trials: [StreamScores.Trial] {
    let others = policy.trialTallies.filter { $0.threshold != threshold }
      .map { StreamScores.Trial(threshold: $0.threshold, tally: $0.tally, isUsed: false) }
    let used = threshold.map {
      StreamScores.Trial(threshold: $0, tally: policy.tally, isUsed: true)
    }
    return (others + [used].compactMap(\.self)).sorted { $0.threshold < $1.threshold }
  }
}
