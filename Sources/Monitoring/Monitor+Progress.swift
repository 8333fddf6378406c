import Alerts
import Arithmetic
import Forecasting
import Records
import Series

/// What a monitor knows, which hours may close, and what may be committed.
extension Monitor {
  /// The streams in memory, by name.
  package var streams: [String: Stream] { table.resident }

  package var dormantCount: Int { table.cache.latestHours.count }

  /// Whether a stream of this name is known and not in memory.
  package func isDormant(_ name: String) -> Bool { table.cache.latestHours[name] != nil }

  /// Whether there is room for a new stream.
  package var hasRoomForStreams: Bool { table.hasRoom }

  package var silenceAllowance: SilenceAllowance { table.allowance }

  /// The source to read next so that hours can close: the one with the oldest watermark.
  package func nextSource(among ready: [Int]) -> Int? {
    ready.min { (sources[$0].watermark ?? .min, $0) < (sources[$1].watermark ?? .min, $1) }
  }

  /// Whether hours close by the times of the lines that are read, not by the clock.
  var isCatchingUp: Bool { sources.contains(where: \.closesByLines) }

  /// Whether an hour ended less than two hours before `now`. Alerts of earlier hours, found while an old log is read,
  /// are recorded but not delivered.
  func isRecent(_ origin: Int) -> Bool {
    Int64(origin + 1) * 3600 > now - 2 * 3600
  }
}

// MARK: - Closing hours

extension Monitor {
  /// The newest hour that may close: every source that closes by lines has read past its end, or none does and the
  /// clock is past it.
  var closableHour: Int? {
    var limit: Int64?
    for source in sources where source.closesByLines {
      guard let watermark = source.watermark else { return nil }
      limit = min(limit ?? .max, watermark)
    }
    let time = (limit ?? now) - Int64(settings.graceSeconds)
    return Int((time >= 0 ? time : time - 3599) / 3600) - 1
  }

  /// Whether work remains that waits for nothing: the next `.tick` continues it.
  package var hasHoursToClose: Bool {
    isRestoring || reading != nil || isSavingDue || canClose
  }

  /// Whether the open hour is closed for some streams only.
  package var isPartlyClosed: Bool { closing != nil }

  /// Whether nothing can be committed before an hour, or a batch of lines, is gone through.
  package var isPartlyDone: Bool { closing != nil || reading != nil }

  /// Whether the open hour is partly closed, or may close.
  var canClose: Bool {
    if closing != nil { return true }
    guard let closable = closableHour, let openHour else { return false }
    return openHour <= closable && !training.isRunning && table.cache.loadRequest == nil
  }

  /// The number of hours that are over by the clock but not closed: by so many hours the forecasts are too old.
  ///
  /// - Parameter now: In seconds since the epoch.
  package func hoursLeft(at now: Int64) -> Int {
    openHour.map { max(0, Int(floorDivide(now - Int64(settings.graceSeconds), 3600)) - $0) } ?? 0
  }
}

// MARK: - Committing

extension Monitor {
  /// Uncommitted changes may grow to this size while a long log is read.
  private static let waitingBytesMax = 1_000_000

  /// The least number of forecasts that are committed while an hour is only partly closed. Not less than a quarter of
  /// all, because the state orders forecasts differently, so that each such commit rewrites nearly all pages of the
  /// hour.
  var forecastsPerCommit: Int { max(1_000, table.resident.count / 4) }

  /// The approximate memory of the uncommitted changes.
  private var waitingBytes: Int {
    changes.forecasts.count * (64 + 8 * settings.forecast.horizonHours) + changes.counts.count * 256
      + changes.judged.count * 256 * settings.forecast.horizonHours
  }

  /// - Parameter continuesBatch: The event continued with lines of an earlier batch.
  func mayCommit(after event: Event, continuesBatch: Bool) -> Bool {
    // A position is stored together with the counts of all lines before it.
    guard !isPartlyDone else { return false }
    if case .stopping = event { return true }
    guard !isRestoring else { return false }
    // The counts of streams that are to be loaded must be in the state.
    if table.cache.loadRequest != nil { return true }
    let isMuchWaiting = waitingBytes >= Self.waitingBytesMax
    return switch event {
    case .tick: !continuesBatch || isMuchWaiting
    case .records, .reached: isMuchWaiting || isSavingDue
    // While lines are read, another commit follows soon; otherwise perhaps not for an hour.
    case .trained: !isCatchingUp || isMuchWaiting
    case .drained, .timeSkipped, .stopping, .retrainRequested, .loaded: true
    }
  }
}

extension Changes {
  /// Takes the forecasts of some streams out, to commit them first.
  mutating func takeForecasts(where isTaken: (String) -> Bool) -> Changes {
    let areTaken = forecasts.map { isTaken($0.stream) }
    var part = Changes()
    part.forecasts = zip(forecasts, areTaken).filter(\.1).map(\.0)
    forecasts = zip(forecasts, areTaken).filter { !$0.1 }.map(\.0)
    return part
  }
}
