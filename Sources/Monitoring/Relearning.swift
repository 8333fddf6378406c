import Forecasting
import Series

/// Learning a stream from its counts, instead of hour by hour as they close.
extension Monitor.Stream {
  /// The newest hours that go into the training rows and are forecast, so that the forecasters are weighted by what
  /// they would have said.
  private static let regatheredHours = 24 * 60
  /// With many streams, this share of all hours that are learned again is forecast.
  private static let forecastShare = 10

  /// Learns a stream again from its counts: closes its hours up to the open one. Hours before a silence that is too
  /// long are skipped.
  ///
  /// - Parameters:
  ///   - openHour: Of the monitor; nil if it is that of the newest counts.
  ///   - streamCount: How many streams are learned again. The more, the fewer of the newest hours are used of each,
  ///     because the service must start within a minute.
  ///   - rows: Without rows of this stream.
  ///   - progress: Called repeatedly.
  /// - Returns: Nil if there are no counts, or if the stream's source is not in the settings.
  init?(
    relearning buckets: [HourlySeries.Bucket], as name: String, openHour: Int?, models: Models,
    streamCount: Int, _ settings: MonitorSettings, into rows: inout TrainingBuffer,
    _ progress: () -> Void = {}
  ) {
    guard let source = settings.source(of: name), let latest = buckets.last?.hour else {
      return nil
    }
    let end = max(latest, openHour ?? latest)
    let buckets = Self.sinceLongSilence(buckets[...], until: end)
    let first = buckets.first?.hour ?? end
    let series = HourlySeries(
      firstHour: first, openHour: max(first, openHour ?? first), buckets: Array(buckets))
    let learned = max(24 * 14, settings.relearnedHours / max(streamCount, 1))
    let firstLearned = max(first, series.openHour - learned)
    let forecast = max(1, settings.relearnedHours / Self.forecastShare / max(streamCount, 1))
    let firstForecast = series.openHour - min(forecast, Self.regatheredHours)
    var forecaster = settings.newForecaster(source: source, firstHour: firstLearned)
    series.forEachClosedHour { hour, count in
      guard hour >= firstLearned else { return }
      if hour.isMultiple(of: 1_000) { progress() }
      let isGathered = hour >= series.openHour - Self.regatheredHours
      var closed: StreamForecaster.ClosedHour?
      if hour >= firstForecast {
        closed = forecaster.close(count: count, models: models)
      } else {
        forecaster.skip(count: count)
      }
      guard isGathered else { return }
      rows.record(name, forecaster.features, settings.forecast, seed: settings.training.seed) {
        closed?.row(lead: $0) ?? forecaster.row(lead: $0)[...]
      }
    }
    self.init(
      source: source, series: series, forecaster: forecaster,
      latestRequest: Int64(latest) * 3600)
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

  /// What it costs to learn the stream anew, in hours that are closed without forecasts, if most of its requests came
  /// before the hours that it has learned; else nil. Such a stream began with the open hour, because the hours of its
  /// older lines were closed, as are those of a source that was added later.
  var costOfEarlierHours: Int? {
    let openHour = series.openHour
    let learnedFrom = openHour - forecaster.features.hourCount
    guard series.firstHour < learnedFrom else { return nil }
    let buckets = Self.sinceLongSilence(
      series.buckets.prefix { $0.hour < openHour }, until: openHour)
    let earlier = buckets.prefix { $0.hour < learnedFrom }
    let sinceCount = buckets.count - earlier.count
    guard let first = earlier.first?.hour, sinceCount < min(earlier.count, Self.learnedAnewMax)
    else { return nil }
    let forecastHours = min(openHour - first, Self.regatheredHours)
    return openHour - first + (SilenceAllowance.forecastCost - 1) * forecastHours
  }

  /// A stream with this many active hours since it began has learned what is worth more than older hours.
  private static let learnedAnewMax = SilenceAllowance.learnedHours
}
