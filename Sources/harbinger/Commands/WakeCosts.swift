import Arithmetic
import Forecasting
import Reporting

/// What a unit that sleeps would have cost under every rule.
struct WakeCosts: Codable {
  struct Row: Codable {
    var rule: String
    var coldStarts: Int
    var wastedHours: Int
    /// Woken by forecasts, at the threshold that wastes no more hours.
    var forecastColdStarts: Int
    var forecastWastedHours: Int
    var threshold: Double
  }

  struct Point: Codable {
    var threshold: Double
    var coldStarts: Int
    var wastedHours: Int
  }

  private(set) var rows: [Row]
  /// By rising threshold.
  private(set) var curve: [Point]
  /// Of all streams.
  private(set) var hours: Int
  private(set) var activeHours: Int

  /// - Parameters:
  ///   - evaluation: Of lead 1, from the first hour on.
  ///   - from: The fraction of the time from which it counts.
  init(_ evaluation: Evaluation, from: Double, idleHours: Int) {
    let all = evaluation.series(stream: nil, lead: 1)[.mixture].hours
    let first = all.min() ?? 0
    let cut = first + Int(from * Double((all.max() ?? first) - first + 1))
    let streams = evaluation.streams.map { name in
      let scored = evaluation.series(stream: name, lead: 1)[.mixture]
      let counted = scored.within(cut..<Int.max)
      return WakeHistory(
        activeHours: scored.activeTargets,
        probabilities: Dictionary(
          uniqueKeysWithValues: zip(counted.hours, counted.probabilities.map { Double($0) })))
    }
    let comparison = WakeComparison(streams, idleHours: idleHours)
    rows = comparison.rows.map {
      Row(
        rule: $0.rule.name, coldStarts: $0.cost.coldStarts,
        wastedHours: $0.cost.wastedHours, forecastColdStarts: $0.forecastCost.coldStarts,
        forecastWastedHours: $0.forecastCost.wastedHours, threshold: $0.threshold)
    }
    curve = comparison.curve.map {
      Point(
        threshold: $0.threshold, coldStarts: $0.cost.coldStarts, wastedHours: $0.cost.wastedHours)
    }
    hours = comparison.hourCount
    activeHours = comparison.activeCount
  }

  func lines(_ style: TerminalStyle) -> [String] {
    guard activeHours > 0 else {
      return [
        "No request came in the \(Decimals.counted(hours, "hour")) that were forecast, so there is nothing to judge."
      ]
    }
    var others = Table([
      .left("rule"), .right("cold starts"), .right("wasted"), .right("by forecast"),
      .right("wasted").leftOut(1), .right("threshold").leftOut(2),
    ])
    for row in rows {
      others.add([
        row.rule, "\(row.coldStarts)", "\(row.wastedHours)", "\(row.forecastColdStarts)",
        "\(row.forecastWastedHours)", Decimals.text(row.threshold, 3),
      ])
    }
    var own = Table([.right("threshold"), .right("cold starts"), .right("hours wasted")])
    for point in curve {
      own.add([
        Decimals.text(point.threshold, 2), "\(point.coldStarts)", "\(point.wastedHours)",
      ])
    }
    return style.wrapped(
      "\(hours) hours of all streams, \(activeHours) of them with requests. Woken by forecasts:")
      + own.lines(style) + [""]
      + style.wrapped("Other rules, and cold starts by forecasts that waste no more hours:")
      + others.lines(style)
      + style.wrapped(
        "(cold start: an hour with requests that found it asleep; wasted: an hour awake in which none came.)"
      )
      + [""] + style.wrapped(sentence)
  }

  private var sentence: String {
    let better = rows.filter { $0.forecastColdStarts < $0.coldStarts }
    if better.count == rows.count {
      return "Wasting no more hours, forecasts had fewer cold starts than each of the other rules."
    }
    let worse = rows.filter { $0.forecastColdStarts > $0.coldStarts }.map(\.rule)
    let text =
      "Wasting no more hours, forecasts had fewer cold starts than \(better.count) of \(rows.count) rules"
    return worse.isEmpty
      ? text + ", and as many as the others."
      : text + ", and more than: \(worse.joined(separator: ", "))."
  }
}
