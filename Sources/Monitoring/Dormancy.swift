import Forecasting
import Series

/// If there are many streams, those that have been idle for months are evicted from memory even where there is room:
/// their forecasts are close to zero and stay there until a request comes.
///
/// The next request reloads a stream and brings its state up to the hour before the request, so that an `unexpected`
/// alert is decided as if the stream had stayed in memory.
extension StreamTable {
  /// Longer than any habit that a forecast can hold: the gap histogram ends at four weeks.
  private static let idleHours = 24 * 70
  private static let probabilityMax = 0.02

  /// The streams to evict when an hour was closed, those idle for longest first.
  func dormant(at hour: Int) -> [String] {
    let surplus = resident.count - settings.residentsMin
    guard surplus > 0 else { return [] }
    let idle = resident.filter { isIdleForLong($0.value, at: hour) }
      .map { (hour: $0.value.digest.lastActive ?? .min, name: $0.key) }
    let count = Self.leavingCount(
      of: min(idle.count, surplus), atMost: settings.leavingMax, at: hour)
    return idle.sorted { ($0.hour, $0.name) < ($1.hour, $1.name) }.prefix(count).map(\.name)
  }

  private func isIdleForLong(_ stream: Monitor.Stream, at hour: Int) -> Bool {
    let end = hour - Self.idleHours
    let newest = stream.series.buckets.last?.hour ?? stream.series.firstHour
    guard newest < end, stream.series.firstHour < end else { return false }
    let digest = stream.digest
    return !digest.hasPostponedAlert
      && (digest.likeliest?.probability ?? 0) < Self.probabilityMax
  }
}

extension Monitor.Stream {
  /// Closes the hours of a reloaded stream up to the open hour. Only the last of them makes a forecast: that of the
  /// open hour.
  func caughtUp(to openHour: Int, models: Models) -> Monitor.Stream {
    var stream = self
    while stream.series.openHour < openHour {
      let count = stream.series.close()
      let isLast = stream.series.openHour == openHour
      stream.change { learned in
        let active =
          isLast
          ? learned.forecaster.close(count: count, models: models).active
          : learned.forecaster.closeWithoutForecast(count: count)
        learned.policy.skipHour(active: active)
      }
    }
    return stream
  }
}
