import Alerts
import Monitoring
import Storage

/// The content of a state file up to an hour, in a comparable form.
struct Told: Equatable {
  var counts: [Changes.Count: Int]
  var forecasts: [Changes.Origin]
  var alerts: [StateFile.JudgedAlert]

  init(_ state: StateFile, upTo hour: Int) throws {
    counts = try state.counts()
    forecasts = try state.forecasts().filter { $0.hour <= hour }
    // The outcome of an alert may be known only later. Only the daemon knows of sources that have stalled.
    let ofStreams = try state.alerts().filter { $0.alert.stream != nil }
    alerts = ofStreams.filter { $0.alert.origin <= hour }.map {
      var alert = $0
      if alert.alert.hour >= hour { alert.outcome = nil }
      // Only the daemon has a clock, and suppresses alerts about past hours.
      if alert.alert.suppressed == .past { alert.alert.suppressed = nil }
      return alert
    }
  }
}
