package import Alerts
package import Forecasting
package import Monitoring
import Records
import Settings
package import Storage

/// The same monitor without the loop: events come as fast as they are read, training is done on the spot,
/// and what the daemon would have stored and said is kept to be shown.
package struct LogReplay {
  package private(set) var monitor: Monitor
  package private(set) var evaluation: Evaluation
  package private(set) var alerts: [Alert] = []
  /// Of the alerts that could be judged.
  package private(set) var outcomes: [Alert.ID: Alert.Outcome] = [:]
  package private(set) var reports: [TrainingReport] = []
  private var fullRunRows = FullRunRows(areKept: true)
  /// From here on the networks stay as they are.
  package var lastTrainingHour = Int.max
  /// Where the changes go besides, if anywhere; more streams than `max_streams` need it.
  package var state: StateFile?
  /// The state keeps forecasts of so many hours; nil: all.
  package var forecastsKeptHours: Int?

  package init(monitor: Monitor, evaluation: Evaluation) {
    self.monitor = monitor
    self.monitor.keepsJudgedForecasts = true
    self.evaluation = evaluation
  }

  /// Handles an event, and performs what comes of it, trainings included.
  ///
  /// - Throws: What the state file throws, if there is one.
  package mutating func handle(_ event: Event) throws {
    // Hour by hour up to each line, so that a long silence is handed over in parts.
    if case .records(let source, let batch, _) = event, let next = batch.segments.first {
      repeat {
        try perform(.reached(source: source, time: next.watermark))
      } while monitor.hasHoursToClose
    }
    try perform(event)
  }

  private mutating func perform(_ event: Event) throws {
    var events = [event]
    while let event = events.popLast() {
      for effect in monitor.handle(event) {
        if let next = try perform(effect) { events.append(next) }
      }
    }
  }

  /// Closes what the log's own time allows, and hands over the rest.
  package mutating func finish() throws {
    try handle(.drained(source: 0, positions: PositionChanges()))
    if let watermark = monitor.sources[0].watermark {
      repeat { try handle(.tick(now: watermark)) } while monitor.hasHoursToClose
    }
    try handle(.stopping)
  }

  /// Whether a source has stalled, or the model degraded, is a question of the present.
  private static func ofStreams(_ alerts: [Alert]) -> [Alert] { alerts.filter { $0.stream != nil } }

  private func store(_ changes: Changes) throws {
    guard let state else { return }
    // A daemon that opens the file one day must not deliver them.
    var changes = changes
    changes.alerts = Self.ofStreams(changes.alerts)
    for index in changes.alerts.indices where changes.alerts[index].suppressed == nil {
      changes.alerts[index].suppressed = .past
    }
    let oldest = forecastsKeptHours.flatMap { kept in monitor.openHour.map { $0 - kept } }
    try state.commit(changes, StateFile.Pruning(forecasts: oldest))
  }

  /// - Returns: The event that the effect ends in, if any.
  private mutating func perform(_ effect: Effect) throws -> Event? {
    switch effect {
    case .commit(let changes):
      for judged in changes.judged { evaluation.record(stream: judged.stream, judged.forecasts) }
      alerts += Self.ofStreams(changes.alerts)
      for judged in changes.outcomes { outcomes[judged.alert] = judged.outcome }
      reports += changes.reports
      try store(changes)
    case .load(let streams):
      return .loaded(try state?.storedStreams(streams) ?? [:])
    case .train(let job):
      return .trained(job.endHour > lastTrainingHour ? job.skipped() : job.run(rows: &fullRunRows))
    case .publish:
      break
    }
    return nil
  }
}
