import Alerts
import Forecasting

/// A policy that is fed hour by hour.
struct PolicyWatch {
  var policy = AlertPolicy()
  var hour = 1_000
  var settings = AlertSettings()
  var minuteOfDay = 0

  mutating func see(
    active: Bool = false, expected: Double? = 0.01, _ forecasts: [Double] = []
  ) -> AlertPolicy.Decision {
    hour += 1
    let rest = [Double](repeating: 0.01, count: 24 - forecasts.count)
    return policy.decide(
      stream: "s", hour: hour, minuteOfDay: minuteOfDay, active: active, expected: expected,
      forecasts: forecasts + rest, settings: settings)
  }

  /// Leads of the `upcoming` alerts of an hour.
  mutating func upcoming(active: Bool = false, _ forecasts: [Double]) -> [Int] {
    see(active: active, forecasts).alerts.filter { $0.kind == .upcoming }.map(\.leadHours)
  }
}
