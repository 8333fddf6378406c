import Alerts
import Forecasting
import Monitoring
import Testing

/// The first override whose pattern matches a stream applies to it, and no other; a stream that matches none has the
/// general settings.
@Test func theFirstOverrideThatMatchesCounts() throws {
  var settings = MonitorSettings.quick()
  var muted = AlertOverride()
  muted.stream = "web:b*"
  muted.muteUntil = .max
  var deaf = AlertOverride()
  deaf.stream = "web:?c"
  deaf.threshold = .fixed(1)
  settings.alertOverrides = [muted, deaf]
  var watching = try Watching(settings)
  let keys = ["a", "b", "bc", "cc"]
  for line in SampleLines.lines(days: 60, seed: 2, keys: keys) {
    watching.read([line])
    watching.handle(.tick(now: Int64(line.prefix { $0 != " " })!))
  }
  watching.handle(.stopping)
  func suppressed(_ key: String) -> Set<Alert.SuppressionReason?> {
    Set(
      watching.alerts.filter { $0.stream == "web:\(key)" && $0.kind == .upcoming }.map(\.suppressed)
    )
  }
  #expect(suppressed("a").contains(nil) && !suppressed("a").contains(.muted))
  #expect(suppressed("b") == [.muted])
  #expect(suppressed("bc") == [.muted])
  #expect(suppressed("cc") == [])
}
