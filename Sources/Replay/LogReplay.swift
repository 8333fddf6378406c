package import Alerts
package import Forecasting
package import Monitoring
import Records
import Settings
package import Storage

/// Runs the daemon's monitor without its loop: events are handled as fast as they are read, training runs
/// synchronously, and what the daemon would have stored and sent is collected.
package struct LogReplay {
  package private(set) var monitor: Monitor
  package private(set) var evaluation: Evaluation
  package private(set) var alerts: [Alert] = []
  /// The outcomes of alerts, as far as they are known.
  package private(set) var outcomes: [Alert.ID: Alert.Outcome] = [:]
  package private(set) var reports: [TrainingReport] = []
  private var fullRunRows = FullRunRows(areKept: true)
  /// Training runs that end after this hour are skipped.
  package var lastTrainingHour = Int.max
  /// A state file that also stores the changes, if any; required for more streams than `max_streams`.
  package var state: StateFile?
  /// The number of hours for which the state keeps forecasts; nil for all.
  package var forecastsKeptHours: Int?

  package init(monitor: Monitor, evaluation: Evaluation) {
    self.monitor = monitor
    self.monitor.keepsJudgedForecasts = true
    self.evaluation = evaluation
  }

  /// Handles an event and performs the resulting effects, including training runs.
  ///
  /// - Throws: Errors of the state file, if there is one.
  package mutating func handle(_ event: Event) throws {
    // Close the hours up to the next line first, in parts, so that a long silence is not handled in a single event.
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

  /// Closes the hours up to the log's last record, and commits the rest.
  package mutating func finish() throws {
    try handle(.drained(source: 0, positions: PositionChanges()))
    if let watermark = monitor.sources[0].watermark {
      repeat { try handle(.tick(now: watermark)) } while monitor.hasHoursToClose
    }
    repeat { try handle(.stopping) } while monitor.isSavingDue
  }

  /// Only stream alerts: whether a source has stalled or the model has degraded matters only at present.
  private static func ofStreams(_ alerts: [Alert]) -> [Alert] { alerts.filter { $0.stream != nil } }

  private func store(_ changes: Changes) throws {
    guard let state else { return }
    // Suppressed, so that a daemon that uses this state later does not deliver them.
    var changes = changes
    changes.alerts = Self.ofStreams(changes.alerts)
    for index in changes.alerts.indices where changes.alerts[index].suppressed == nil {
      changes.alerts[index].suppressed = .past
    }
    let oldest = forecastsKeptHours.flatMap { kept in monitor.openHour.map { $0 - kept } }
    try state.commit(changes, StateFile.Pruning(forecasts: oldest))
  }

  /// - Returns: The event that results from the effect, if any.
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
