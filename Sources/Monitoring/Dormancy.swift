import Forecasting
import Series

/// Of many streams those that have been idle for months leave memory, as if there were no room for them: hardly any
/// request is expected of them, and without one that does not change.
///
/// They come back with their next request, forecast from the hour before it, so that it is as unexpected as it would have
/// been.
extension Monitor {
  /// After these no habit is left that would bring a request: gaps of four weeks are the longest that are remembered.
  private static let idleHours = 24 * 70
  private static let probabilityMax = 0.02

  /// An hour was closed. Once a day, as each time all that is learned from is gone through.
  mutating func evictDormant(at hour: Int) {
    guard (hour + 1).isMultiple(of: 24), streams.count > settings.residentsMin else { return }
    let dormant = streams.filter { isIdleForLong($0.value, at: hour) }
      .map { (hour: $0.value.forecaster.features.lastActive ?? .min, name: $0.key) }
      .sorted { ($0.hour, $0.name) < ($1.hour, $1.name) }
    evict(dormant.prefix(streams.count - settings.residentsMin).map(\.name), closing: hour)
  }

  private func isIdleForLong(_ stream: Stream, at hour: Int) -> Bool {
    let end = hour - Self.idleHours
    let newest = stream.series.buckets.last?.hour ?? stream.series.firstHour
    return newest < end && stream.series.firstHour < end && !stream.policy.hasPostponed
      && stream.forecaster.forecasts.allSatisfy { $0.probability < Self.probabilityMax }
  }

  /// Closes the hours of a stream that was not in memory, up to the open one: with a forecast of that one.
  func caughtUp(_ dormant: Stream, to openHour: Int) -> Stream {
    var stream = dormant
    while stream.series.openHour < openHour {
      let count = stream.series.close()
      let active =
        stream.series.openHour == openHour
        ? stream.forecaster.close(count: count, models: models).active
        : stream.forecaster.pass(count: count)
      stream.policy.pass(active: active)
    }
    return stream
  }
}
