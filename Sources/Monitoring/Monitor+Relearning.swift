import Forecasting
import Series

/// Learning from counts.
extension Monitor {
  /// Of a stream that is learned again, the newest hours that go into the training buffer. If it is the only one, they
  /// are also forecast, so that the forecasters are weighted by what they would have said.
  private static let regatheredHours = 24 * 60

  /// Learns a stream again from its counts: closes its hours up to the open one. Hours before a silence that is too
  /// long are skipped. The caller has removed the stream's rows from the training buffer.
  ///
  /// - Parameter streamCount: How many streams are learned again. The more, the fewer of the newest hours are used of
  ///   each, because the service must start within a minute.
  mutating func relearn(
    _ name: String, _ buckets: [HourlySeries.Bucket], streamCount: Int,
    _ progress: () -> Void = {}
  ) -> Stream? {
    guard let source = source(of: name), let latest = buckets.last?.hour else { return nil }
    let end = max(latest, openHour ?? latest)
    let buckets = Self.sinceLongSilence(buckets[...], until: end)
    let first = buckets.first?.hour ?? end
    let series = HourlySeries(
      firstHour: first, openHour: max(first, openHour ?? first), buckets: Array(buckets))
    let learned = max(24 * 14, settings.relearnedHours / max(streamCount, 1))
    let firstLearned = max(first, series.openHour - learned)
    var forecaster = newForecaster(source: source, firstHour: firstLearned)
    series.forEachClosedHour { hour, count in
      guard hour >= firstLearned else { return }
      if hour.isMultiple(of: 1_000) { progress() }
      let isGathered = hour >= series.openHour - Self.regatheredHours
      var closed: StreamForecaster.ClosedHour?
      if isGathered, streamCount == 1 {
        closed = forecaster.close(count: count, models: models)
      } else {
        forecaster.skip(count: count)
      }
      guard isGathered else { return }
      trainingBuffer.record(
        name, forecaster.features, settings.forecast, seed: settings.training.seed
      ) { closed?.row(lead: $0) ?? forecaster.row(lead: $0)[...] }
    }
    return Stream(
      source: source, series: series, forecaster: forecaster,
      latestRequest: Int64(latest) * 3600)
  }

  /// The same for one stream, with its rows of before removed.
  mutating func relearnOne(_ name: String, _ buckets: [HourlySeries.Bucket]) -> Stream? {
    trainingBuffer.forget([name])
    return relearn(name, buckets, streamCount: 1)
  }

  /// The buckets after the last silence that is too long to be learned.
  private static func sinceLongSilence(
    _ buckets: ArraySlice<HourlySeries.Bucket>, until end: Int
  ) -> ArraySlice<HourlySeries.Bucket> {
    var next = end
    for index in buckets.indices.reversed() {
      guard next - buckets[index].hour <= SilenceAllowance.silenceHoursMax else {
        return buckets[(index + 1)...]
      }
      next = buckets[index].hour
    }
    return buckets
  }

  /// Learns a stream anew if most of its requests came before the hours that it has learned: it began with the open
  /// hour, because the hours of its older lines were closed, as are those of a source that was added later.
  ///
  /// - Returns: What it cost, in hours that are closed without forecasts.
  mutating func learnEarlierHours(of stream: inout Stream, as name: String) -> Int {
    let openHour = stream.series.openHour
    let learnedFrom = openHour - stream.forecaster.features.hourCount
    guard stream.series.firstHour < learnedFrom else { return 0 }
    let buckets = Self.sinceLongSilence(
      stream.series.buckets.prefix { $0.hour < openHour }, until: openHour)
    let earlier = buckets.prefix { $0.hour < learnedFrom }
    let sinceCount = buckets.count - earlier.count
    guard let first = earlier.first?.hour, sinceCount < min(earlier.count, Self.learnedAnewMax)
    else { return 0 }
    let forecastHours = min(openHour - first, Self.regatheredHours)
    let cost = openHour - first + (SilenceAllowance.forecastCost - 1) * forecastHours
    guard silenceAllowance.spend(caughtUpHours: cost) else { return 0 }
    guard var learned = relearnOne(name, stream.series.buckets) else { return 0 }
    learned.policy = stream.policy
    learned.latestRequest = max(learned.latestRequest, stream.latestRequest)
    stream = learned
    return cost
  }

  /// A stream with this many active hours since it began has learned what is worth more than older hours.
  private static let learnedAnewMax = SilenceAllowance.learnedHours
}
