import NeuralNet
import Series

/// Examples for the network, made from hourly counts: one row for an origin and a lead.
struct TrainingRows: Equatable, Sendable {
  /// `[count × featureCount]`, unscaled until the model has standardised them.
  var features: [Float] = []
  private(set) var labels: [Float] = []
  private(set) var weights: [Float] = []

  init() {}

  var count: Int { labels.count }
  var isEmpty: Bool { labels.isEmpty }

  fileprivate mutating func append(
    _ rolling: RollingFeatures, lead: Int, active: Bool, weight: Float
  ) {
    rolling.appendRow(lead: lead, baselines: rolling.baselines(lead: lead), to: &features)
    labels.append(active ? 1 : 0)
    weights.append(weight)
  }

  /// The share of active hours, weighted, kept away from 0 and 1.
  var activeShare: Double {
    let total = weights.reduce(0) { $0 + Double($1) }
    let active = zip(labels, weights).reduce(0) { $0 + Double($1.0 * $1.1) }
    return min(max(active / max(total, 1), 1e-3), 0.5)
  }
}

/// Chooses which hours of one stream become rows, for learning and for the held-out slice.
struct RowSampler: Sendable {
  /// Rows are learned from if their target is before this …
  var heldOutFrom: Int
  /// … and held out if it is before this.
  var endHour: Int
  /// Nothing before this hour is learned from.
  var historyFrom: Int
  /// Origins from here on have not been learned from before, and all become rows.
  var newFrom: Int
  /// The share of older origins that become rows once more.
  var oldShare: Double
  /// The share of held-out origins that become rows.
  var heldOutShare = 1.0
  var horizon: Int

  /// Before this a stream's features are mostly guesses.
  private static let warmUpHours = 24 * 7

  /// Runs through a stream's hours as they came, so that no row knows what its origin did not.
  func sample(
    _ series: HourlySeries, calendar: HourCalendar, forecast: ForecastSettings,
    into rows: inout TrainingRows, heldOut: inout TrainingRows, using generator: inout Xoshiro
  ) {
    let labels = ActiveHours(series, forecast: forecast)
    var rolling = RollingFeatures(startingAt: series.firstHour, calendar: calendar)
    let leads = LeadStrata(horizon: horizon)
    series.forEachClosedHour { hour, count in
      guard hour < endHour - 1 else { return }
      rolling.close(active: labels.contains(hour), count: count)
      guard hour >= max(series.firstHour + Self.warmUpHours, historyFrom) else { return }
      for lead in leads.draw(using: &generator) where hour + lead < endHour {
        let isHeldOut = hour + lead >= heldOutFrom
        let share = isHeldOut ? heldOutShare : hour >= newFrom ? 1 : oldShare
        guard share >= 1 || generator.uniform() < share else { continue }
        let active = labels.contains(hour + lead)
        if !isHeldOut {
          rows.append(rolling, lead: lead, active: active, weight: 1)
        } else if hour >= heldOutFrom {
          heldOut.append(rolling, lead: lead, active: active, weight: 1)
        }
      }
    }
  }
}

/// One lead from the first hours, one from the middle, one from far ahead: the near ones are the most useful
/// and the most different from each other.
struct LeadStrata {
  private let strata: [ClosedRange<Int>]

  init(horizon: Int) {
    let bounds = [0, min(2, horizon), min(8, horizon), horizon]
    strata = zip(bounds, bounds.dropFirst()).filter { $0 < $1 }.map { $0 + 1...$1 }
  }

  var count: Int { strata.count }

  func draw(using generator: inout Xoshiro) -> [Int] {
    strata.map { Int.random(in: $0, using: &generator) }
  }
}

/// The labels of a whole series.
struct ActiveHours {
  private var active: Set<Int> = []

  init(_ series: HourlySeries, forecast: ForecastSettings) {
    for bucket in series.buckets where bucket.count >= forecast.minRequests {
      for hour in bucket.hour..<bucket.hour + forecast.holdHours { active.insert(hour) }
    }
  }

  func contains(_ hour: Int) -> Bool { active.contains(hour) }
}
