import Forecasting
import Monitoring
import Records
import Replay
import SampleLogs
import Testing

/// Goal: early alerts are right, or there are none. Method: invented logs of fourteen days, from their first hour on.
@Suite struct EarlyWeeksTests {
  private static let leads: Set<Int> = [1, 6, 24]

  private static func evaluation(_ kind: SampleLog.Kind, seed: UInt64) throws -> Evaluation {
    var text = ""
    var log = SampleLog(
      end: CivilDate(year: 2025, month: 6, day: 15 + Int(seed)), dayCount: 14, seed: seed,
      kind: kind)
    log.write { text += $0 }
    var parser = try RecordParser(
      settings: ParserSettings(),
      compilePattern: { _ throws(PatternError) in throw PatternError(message: "none", offset: 0) })
    var batch = RecordBatch()
    parser.parse(Array(text.utf8).span.bytes, now: 1_767_225_600, into: &batch)
    var replay = LogReplay(
      monitor: Monitor(settings: MonitorSettings(sources: [.init(name: "web")])),
      evaluation: Evaluation(leads: leads))
    for segment in batch.segments {
      var part = RecordBatch()
      part.segments = [segment]
      try replay.handle(.records(source: 0, batch: part, positions: PositionChanges()))
    }
    try replay.finish()
    return replay.evaluation
  }

  /// Some kinds have little to learn from; a memoryless log has nothing.
  @Test(arguments: SampleLog.Kind.allCases, [1, 2, 3] as [UInt64])
  func noFortnightIsMuchWorseThanItsBaseRate(kind: SampleLog.Kind, seed: UInt64) throws {
    let series = try Self.evaluation(kind, seed: seed).series(stream: nil, lead: nil)
    #expect(series[.mixture].count > 3 * 24 * 3)
    #expect(series[.mixture].skill(against: series[.expert(BaseRate.self)]) > -0.02)
  }

  @Test(arguments: [SampleLog.Kind.office, .both, .service])
  func secondWeekOfAnOfficeIsKnown(kind: SampleLog.Kind) throws {
    var losses = [0.0, 0, 0]
    for seed in 1...4 {
      let series = try Self.evaluation(kind, seed: UInt64(seed)).series(stream: nil, lead: nil)
      let first = try #require(series[.mixture].hours.min())
      let week = first + 24 * 7..<Int.max
      let forecasters: [Evaluation.Forecaster] = [
        .mixture, .expert(HourOfDay.self), .expert(HourOfWeek.self),
      ]
      for (index, forecaster) in forecasters.enumerated() {
        losses[index] += series[forecaster].within(week).logLoss
      }
    }
    #expect(losses[0] < 0.95 * min(losses[1], losses[2]))
  }
}
