import Arithmetic
import Forecasting
import Monitoring
import Records
import Series

/// Seeded synthetic streams of mostly idle hours, a year of each.
struct StreamYears {
  static let hours = 8_760
  static let firstHour = SampleTraffic.firstHour
  private var generator: SplitMix64

  init(seed: UInt64 = 7) { generator = SplitMix64(seed: seed) }

  /// The hours with requests: a nightly one, office hours on some days, and random ones.
  mutating func buckets(hours: Int = hours) -> [HourlySeries.Bucket] {
    let night = below(24)
    let office = below(3)
    return (0..<hours).compactMap { hour in
      let isNightly = hour % 24 == night && below(20) > 0
      let isOffice =
        office == 0 && (9..<17).contains(hour % 24) && hour / 24 % 7 < 5 && below(3) == 0
      guard isNightly || isOffice || below(200) == 0 else { return nil }
      return HourlySeries.Bucket(hour: Self.firstHour + hour, count: 1 + below(5))
    }
  }

  /// A full training run over a year (or less) of each stream, with the default settings.
  mutating func job(streamCount: Int, hours: Int = hours) -> TrainingJob {
    let calendar = HourCalendar(timeZone: .utc)
    let streams = (0..<streamCount).map { index in
      TrainingJob.Stream(
        name: "stream \(index)",
        series: HourlySeries(
          firstHour: Self.firstHour, openHour: Self.firstHour + hours,
          buckets: buckets(hours: hours)),
        calendar: calendar)
    }
    var chance = TrainingJob.generator(number: 1, TrainingSettings())
    return TrainingJob(
      number: 1, reason: .scheduled, endHour: Self.firstHour + hours, lastFullEndHour: nil,
      models: Models(), streams: streams,
      batch: TrainingBuffer().batch(endHour: Self.firstHour, using: &chance) { _, _ in nil },
      forecast: ForecastSettings(), settings: TrainingSettings())
  }

  private mutating func below(_ limit: Int) -> Int {
    Int(generator.next() % UInt64(limit))
  }
}
