import Forecasting
import Series
import TestSupport
import Testing

/// Goal: a run gives the same network whether the rows of earlier runs were kept or not. Method: runs at several ends,
/// with what may change between two of them, once with rows that are kept and once with rows made anew.
@Suite struct FullRunRowsTests {
  private static let days = [30, 31, 40, 55]

  private func expectTheSame(
    _ jobs: [TrainingJob], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var kept = FullRunRows(areKept: true)
    for job in jobs {
      let again = job.run(rows: &kept)
      let anew = job.run()
      #expect(again.report == anew.report, sourceLocation: sourceLocation)
      #expect(
        try #require(again.model).bytes() == #require(anew.model).bytes(),
        sourceLocation: sourceLocation)
    }
  }

  private func end(_ days: Int) -> Int { Streams.firstHour + 24 * days }

  @Test func hoursThatCameSinceAreAdded() throws {
    let series = [Streams.nightly(hours: 24 * 60), Streams.nightly(hours: 24 * 60, seed: 2)]
    try expectTheSame(Self.days.map { Streams.job(series, endHour: end($0)) })
  }

  /// More and more rows have to go, and in the end most of those that are kept.
  @Test func sampleGetsSparser() throws {
    var settings = Streams.training
    settings.maxRows = 3_000
    let series = (1...4).map { Streams.nightly(hours: 24 * 120, seed: $0) }
    try expectTheSame(
      [30, 60, 120].map { Streams.job(series, endHour: end($0), settings: settings) })
  }

  @Test func hoursBeforeTheHistoryGo() throws {
    var settings = Streams.training
    settings.historyDays = 25
    let series = [Streams.nightly(hours: 24 * 60)]
    try expectTheSame(Self.days.map { Streams.job(series, endHour: end($0), settings: settings) })
  }

  @Test func lateLinesChangeHoursThatWereOver() throws {
    let series = Streams.nightly(hours: 24 * 60)
    var late = series
    for day in 5..<25 { late.add(1, at: Streams.firstHour + 24 * day + 11) }
    try expectTheSame([
      Streams.job([series], endHour: end(30)), Streams.job([late], endHour: end(35)),
    ])
  }

  @Test func streamsComeAndGo() throws {
    let series = (1...3).map { Streams.nightly(hours: 24 * 60, seed: $0) }
    try expectTheSame([
      Streams.job([series[0], series[1]], endHour: end(30)),
      Streams.job([series[2], series[1]], endHour: end(35)),
      Streams.job([series[0]], endHour: end(40)),
    ])
  }
}
