import Monitoring
import Settings
import Storage

/// What is to be stored and read, in order. What the disk does not take or give stays, and is tried again.
struct StateWriter {
  private enum Work {
    case commit(Changes)
    case load([String])
  }

  /// While the disk is full, counting continues in memory for this many commits; then reading waits.
  private static let waitingMax = 8
  let state: LockedState
  private let retention: RetentionSettings
  /// Oldest first.
  private var waiting: [Work] = []
  /// Streams that the monitor asked for and is to be given.
  private(set) var loaded: [String: StoredState.Stream]?

  init(_ state: LockedState, _ retention: RetentionSettings) {
    self.state = state
    self.retention = retention
  }

  /// Of many streams fewer forecasts are kept: a hundred thousand take twenty megabytes.
  private func forecastHours(streamCount: Int) -> Int {
    min(24 * retention.forecastDays, max(48, 1_000_000 / max(streamCount, 1)))
  }

  private func pruning(openHour: Int, streamCount: Int) -> StateFile.Pruning {
    StateFile.Pruning(
      forecasts: openHour - forecastHours(streamCount: streamCount),
      alerts: openHour - 24 * retention.alertDays,
      reports: openHour - 24 * retention.reportDays)
  }

  var isIdle: Bool { waiting.isEmpty }

  /// Whether more may be read: not while a stream that was dormant is waited for.
  var hasRoom: Bool {
    waiting.count < Self.waitingMax
      && !waiting.contains { if case .load = $0 { true } else { false } }
  }

  mutating func add(_ changes: Changes) { waiting.append(.commit(changes)) }

  mutating func add(loadOf streams: [String]) { waiting.append(.load(streams)) }

  mutating func takeLoaded() -> [String: StoredState.Stream]? {
    defer { loaded = nil }
    return loaded
  }

  /// Works off what waits, one transaction each.
  ///
  /// - Parameters:
  ///   - openHour: What is older than the settings say is deleted.
  ///   - presentHour: By the clock. Forecasts of an old log that would be deleted before it is read through are not
  ///     written.
  ///   - streamCount: In memory: the more there are, the sooner.
  /// - Returns: Whether there are alerts to deliver among what was stored.
  /// - Throws: `StateFileError`, at the first that fails; it and what is behind it wait on.
  mutating func write(openHour: Int?, presentHour: Int, streamCount: Int) throws -> Bool {
    var hasAlerts = false
    let oldestForecast = presentHour - forecastHours(streamCount: streamCount)
    while let work = waiting.first {
      switch work {
      case .commit(var changes):
        // An hour was closed, or nothing is older than before.
        let openHour = changes.forecasts.isEmpty ? nil : openHour
        changes.forecasts.removeAll { $0.hour < oldestForecast }
        try state.file.commit(
          changes,
          openHour.map { pruning(openHour: $0, streamCount: streamCount) } ?? StateFile.Pruning())
        waiting.removeFirst()
        hasAlerts = hasAlerts || changes.hasAlertsToDeliver
      case .load(let names):
        loaded = try state.file.storedStreams(names)
        waiting.removeFirst()
      }
    }
    return hasAlerts
  }
}
