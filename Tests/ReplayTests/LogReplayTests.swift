import Alerts
import Forecasting
import Monitoring
import Records
import Replay
import Storage
import Testing

struct LogReplayTests {
  /// A request at nine every day, except one day near the end.
  private static var table: HourlyTable {
    var table = HourlyTable()
    for day in 20_000..<20_060 where day != 20_055 { table.add(3, of: "", at: 24 * day + 9) }
    return table
  }

  private func replay(into state: StateFile? = nil) throws -> LogReplay {
    var settings = MonitorSettings(sources: [.init(name: "web")])
    settings.training.everyHours = 720
    var replay = LogReplay(
      monitor: Monitor(settings: settings), evaluation: Evaluation(leads: Set(1...24)))
    replay.state = state
    // No network is trained: the baselines forecast.
    replay.lastTrainingHour = 0
    for batch in Self.table.batches() {
      try replay.handle(.records(source: 0, batch: batch, positions: PositionChanges()))
    }
    try replay.finish()
    return replay
  }

  @Test func alertsAreJudgedByWhatCame() throws {
    let replay = try replay()
    let upcoming = replay.alerts.filter { $0.kind == .upcoming && $0.suppressed == nil }
    #expect(upcoming.count > 30)
    #expect(upcoming.allSatisfy { $0.hour % 24 == 9 })
    let missed = upcoming.filter { $0.hour == 24 * 20_055 + 9 }
    #expect(!missed.isEmpty && missed.allSatisfy { replay.outcomes[$0.id] == .falseAlarm })
    #expect(upcoming.count { replay.outcomes[$0.id] == .hit } > 30)
  }

  @Test func sameLogGivesTheSame() throws {
    let (first, second) = (try replay(), try replay())
    #expect(first.alerts == second.alerts)
    #expect(first.outcomes == second.outcomes)
    let boards = [first, second].map { Scoreboard($0, fromHour: 0).rows[0].logLoss }
    #expect(boards[0] == boards[1] && boards[0] > 0)
  }

  /// A daemon that continues from the state does not deliver last year's alerts.
  @Test func stateGetsEverythingAndNothingToDeliver() throws {
    let state = try StateFile()
    let replay = try replay(into: state)
    #expect(try state.counts().values.reduce(0, +) == 3 * 59)
    let stored = try state.alerts()
    // They lie there by hour: one of tomorrow may be older than one of a silence today.
    #expect(stored.count == replay.alerts.count)
    #expect(Set(stored.map(\.alert.id)) == Set(replay.alerts.map(\.id)))
    #expect(stored.allSatisfy { $0.alert.suppressed != nil })
    #expect(try state.undeliveredAlerts().isEmpty)
  }

  @Test func scoreboardCountsWhatWasRight() throws {
    let row = Scoreboard(try replay(), fromHour: 24 * 20_040).rows[0]
    #expect(row.stream == "web")
    #expect(row.alerts > 15 && row.averagePrecision ?? 0 > 0.8)
    #expect(Scoreboard(try replay(), fromHour: .max).rows[0].alerts == 0)
  }
}
