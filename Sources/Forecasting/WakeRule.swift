/// When a unit that costs something while it is awake is awake, hour by hour: by the forecasts, or by the time since the
/// last request alone, as keep-alive policies do it.
package enum WakeRule: Equatable, Sendable {
  /// Woken for an hour whose probability, forecast an hour ahead, reaches the threshold; asleep again after so many
  /// idle hours.
  case forecast(threshold: Double, idleHours: Int)
  /// Awake for so many hours after a request.
  case keepAlive(hours: Int)
  /// Asleep until shortly before the next request is usual, and awake until it is unusual: from the 5th percentile of
  /// the idle times so far less 10 % to the 99th plus 10 %. Idle times of more than a day do not count; as long as there
  /// are few, it is kept alive for a day.
  ///
  /// - Source: Shahrad et al., "Serverless in the Wild", USENIX ATC 2020 (the hybrid histogram policy).
  case idleHistogram

  /// For people.
  package var name: String {
    switch self {
    case .forecast(let threshold, _): "woken at \(threshold)"
    case .keepAlive(let hours): "kept alive for \(hours) h"
    case .idleHistogram: "histogram of idle times"
    }
  }

  fileprivate static let histogramHours = 24
  fileprivate static let histogramCountMin = 10
}

/// What came of a rule.
package struct WakeCost: Equatable, Sendable {
  /// Hours whose requests found the unit asleep.
  package var coldStarts = 0
  /// Hours in which it was awake and nothing came.
  package var wastedHours = 0

  package init(coldStarts: Int = 0, wastedHours: Int = 0) {
    self.coldStarts = coldStarts
    self.wastedHours = wastedHours
  }

  static func += (a: inout WakeCost, b: WakeCost) {
    a.coldStarts += b.coldStarts
    a.wastedHours += b.wastedHours
  }
}

/// A stream's hours, for trying rules on.
package struct WakeHistory: Sendable {
  /// All that is known, ascending; rules learn from those before the forecasts, too.
  private let activeHours: [Int]
  /// `[hour]` from `firstHour` on, forecast an hour ahead; nil: not forecast, and so not counted.
  private let probabilities: [Double?]
  private let firstHour: Int

  /// - Parameters:
  ///   - activeHours: Ascending.
  ///   - probabilities: By target hour, forecast an hour ahead.
  package init(activeHours: [Int], probabilities: [Int: Double]) {
    self.activeHours = activeHours
    firstHour = probabilities.keys.min() ?? 0
    let last = probabilities.keys.max() ?? firstHour - 1
    self.probabilities = (firstHour..<last + 1).map { probabilities[$0] }
  }

  /// Thresholds that make a difference are among these.
  var knownProbabilities: [Double] { probabilities.compactMap(\.self) }

  /// How many of the counted hours were active.
  package var activeCount: Int {
    activeHours.count {
      probabilities.indices.contains($0 - firstHour) && probabilities[$0 - firstHour] != nil
    }
  }

  package var hourCount: Int { knownProbabilities.count }

  /// What the rule would have cost in the counted hours.
  package func cost(_ rule: WakeRule) -> WakeCost {
    var cost = WakeCost()
    var unit = SleepingUnit(rule)
    var next = activeHours.startIndex
    while next < activeHours.endIndex, activeHours[next] < firstHour {
      unit.recordRequest(at: activeHours[next])
      next += 1
    }
    for (index, probability) in probabilities.enumerated() {
      let hour = firstHour + index
      let isActive = next < activeHours.endIndex && activeHours[next] == hour
      let isAwake = unit.isAwake(in: hour, probability)
      if probability != nil {
        if isActive, !isAwake { cost.coldStarts += 1 }
        if isAwake, !isActive { cost.wastedHours += 1 }
      }
      unit.close(isAwake: isAwake || isActive, isActive: isActive)
      if isActive {
        unit.recordRequest(at: hour)
        next += 1
      }
    }
    return cost
  }
}

/// The unit under a rule.
private struct SleepingUnit {
  private let rule: WakeRule
  private var lastRequest: Int?
  /// Hours awake without a request, up to now; nil: asleep.
  private var idleHours: Int?
  /// `[hours]`: how often a request came so many hours after the one before.
  private var idleTimes: [Int] = Array(repeating: 0, count: WakeRule.histogramHours + 1)
  /// Of the histogram, in hours after a request.
  private var window = 1...WakeRule.histogramHours

  init(_ rule: WakeRule) {
    self.rule = rule
  }

  func isAwake(in hour: Int, _ probability: Double?) -> Bool {
    switch rule {
    case .forecast(let threshold, let limit):
      return (probability ?? 0) >= threshold || idleHours.map { $0 < limit } ?? false
    case .keepAlive(let hours):
      return lastRequest.map { hour - $0 <= hours } ?? false
    case .idleHistogram:
      return lastRequest.map { window.contains(hour - $0) } ?? false
    }
  }

  mutating func close(isAwake: Bool, isActive: Bool) {
    idleHours = !isAwake ? nil : isActive ? 0 : (idleHours ?? 0) + 1
  }

  mutating func recordRequest(at hour: Int) {
    defer { lastRequest = hour }
    guard rule == .idleHistogram, let lastRequest, hour - lastRequest < idleTimes.count else {
      return
    }
    idleTimes[hour - lastRequest] += 1
    let count = idleTimes.reduce(0, +)
    guard count >= WakeRule.histogramCountMin else { return }
    let first = Int(0.9 * Double(percentile(5, of: count)))
    let last = Int((1.1 * Double(percentile(99, of: count))).rounded(.up))
    window = max(1, first)...max(1, last)
  }

  private func percentile(_ percent: Int, of count: Int) -> Int {
    var seen = 0
    for (hours, times) in idleTimes.enumerated() {
      seen += times
      if 100 * seen >= percent * count { return hours }
    }
    return WakeRule.histogramHours
  }
}

/// Rules side by side, over some streams together.
package struct WakeComparison: Sendable {
  /// A rule beside the forecasts.
  package struct Row: Equatable, Sendable {
    package var rule: WakeRule
    package var cost: WakeCost
    /// The threshold at which the forecasts waste no more hours, and what comes of it.
    package var threshold: Double
    package var forecastCost: WakeCost
  }

  /// Of the keep-alive rules and the histogram.
  package let rows: [Row]
  /// By rising threshold.
  package let curve: [(threshold: Double, cost: WakeCost)]
  package let hourCount: Int
  package let activeCount: Int

  package static let keepAliveHours = [1, 2, 3, 4, 6, 8, 12, 18, 24]
  private static let thresholds = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

  /// - Parameter idleHours: The unit that is woken by forecasts sleeps after so many idle hours.
  package init(_ streams: [WakeHistory], idleHours: Int) {
    func cost(_ rule: WakeRule) -> WakeCost {
      streams.reduce(into: WakeCost()) { $0 += $1.cost(rule) }
    }
    func forecastCost(_ threshold: Double) -> WakeCost {
      cost(.forecast(threshold: threshold, idleHours: idleHours))
    }
    let probabilities = Set(streams.flatMap(\.knownProbabilities)).sorted() + [1.01]
    let rules =
      Self.keepAliveHours.map { WakeRule.keepAlive(hours: $0) } + [WakeRule.idleHistogram]
    rows = rules.map { rule in
      let cost = cost(rule)
      // The waste falls as the threshold rises.
      var low = 0
      var high = probabilities.count - 1
      while low < high {
        let middle = (low + high) / 2
        if forecastCost(probabilities[middle]).wastedHours <= cost.wastedHours {
          high = middle
        } else {
          low = middle + 1
        }
      }
      return Row(
        rule: rule, cost: cost, threshold: probabilities[low],
        forecastCost: forecastCost(probabilities[low]))
    }
    curve = Self.thresholds.map { ($0, forecastCost($0)) }
    hourCount = streams.reduce(0) { $0 + $1.hourCount }
    activeCount = streams.reduce(0) { $0 + $1.activeCount }
  }
}
