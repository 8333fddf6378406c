import Arithmetic
import Forecasting
import Records
import Series
import TestSupport

/// Streams made up for tests.
enum Streams {
  static let firstHour = 24 * 20_000

  /// A nightly job at 03:00 that fails now and then, and a few requests at random.
  static func nightly(hours: Int, seed: UInt64 = 1) -> HourlySeries {
    var chance = Chance(seed: seed)
    return series(
      (0..<hours).map { hour in
        let isDue = hour % 24 == 3
        return chance.happens(isDue ? 0.95 : 0.01) ? chance.integer(in: 1...5) : 0
      })
  }

  static func series(_ counts: [Int]) -> HourlySeries {
    var series = HourlySeries(firstHour: firstHour)
    for (hour, count) in counts.enumerated() where count > 0 {
      series.add(count, at: firstHour + hour)
    }
    for _ in counts { _ = series.close() }
    return series
  }

  static let calendar = HourCalendar(timeZone: .utc)

  /// A small network, so that a test takes a moment.
  static var training: TrainingSettings {
    var settings = TrainingSettings()
    settings.hidden = [8]
    settings.learningRate = 5e-3
    settings.maxRows = 20_000
    return settings
  }

  /// - Parameter lastFullEndHour: With it and a model in use, the run may be an incremental one.
  static func job(
    _ series: [HourlySeries], number: Int = 1, endHour: Int? = nil, lastFullEndHour: Int? = nil,
    models: Models = Models(), settings: TrainingSettings = training,
    calendar: HourCalendar = calendar
  ) -> TrainingJob {
    let end = endHour ?? series.map(\.openHour).max() ?? firstHour
    let forecast = ForecastSettings()
    let known = series.enumerated().filter { $0.element.firstHour < end }
    var buffer = TrainingBuffer()
    var rolling = known.map {
      RollingFeatures(startingAt: $0.element.firstHour, calendar: calendar)
    }
    for hour in firstHour..<max(end, firstHour) {
      for (place, stream) in known.enumerated() where stream.element.firstHour <= hour {
        let count = stream.element.count(at: hour)
        rolling[place].close(active: count > 0, count: count)
        let features = rolling[place]
        buffer.record("s\(stream.offset)", features, forecast, seed: settings.seed) { lead in
          var row: [Float] = []
          var rows = FeatureRows(features, horizon: forecast.horizonHours)
          rows.append(lead: lead, baselines: features.baselines(lead: lead), to: &row)
          return row[...]
        }
      }
      buffer.close(hour)
    }
    if let lastFullEndHour, lastFullEndHour < end { buffer.finishRun(endHour: lastFullEndHour) }
    var generator = TrainingJob.generator(number: number, settings)
    return TrainingJob(
      number: number, reason: .scheduled, endHour: end, lastFullEndHour: lastFullEndHour,
      models: models,
      streams: known.map { index, series in
        TrainingJob.Stream(name: "s\(index)", series: series, calendar: calendar)
      },
      batch: buffer.batch(endHour: end, using: &generator) { name, hour in
        series[Int(name.dropFirst()) ?? 0].count(at: hour) > 0
      },
      forecast: forecast, settings: settings)
  }

  /// Runs a stream through, and gives every forecast that was judged.
  static func judged(
    _ counts: [Int], models: Models = Models(), settings: ForecastSettings = ForecastSettings(),
    calendar: HourCalendar = calendar
  ) -> [JudgedForecast] {
    var forecaster = StreamForecaster(
      startingAt: firstHour, calendar: calendar, settings: settings)
    return counts.flatMap { forecaster.close(count: $0, models: models).judged }
  }
}
