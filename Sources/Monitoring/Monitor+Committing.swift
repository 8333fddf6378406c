import Forecasting
import Series

extension Monitor {
  /// Uncommitted changes may grow to this size while a long log is read.
  private static let waitingBytesMax = 1_000_000
  /// The most streams that one commit stores of those whose daily turn has come; bounds the duration of a commit.
  private static let streamsPerCommit = 250
  /// The least number of forecasts that are committed while an hour is only partly closed. Not less than a quarter of
  /// all, because the state orders forecasts differently, so that each such commit rewrites nearly all pages of the
  /// hour.
  private var forecastsPerCommit: Int { max(1_000, streams.count / 4) }

  /// The approximate memory of the uncommitted changes.
  private var waitingBytes: Int {
    changes.forecasts.count * (64 + 8 * settings.forecast.horizonHours) + changes.counts.count * 256
      + changes.judged.count * 256 * settings.forecast.horizonHours
  }

  /// - Parameter continuesBatch: The event continued with lines of an earlier batch.
  mutating func commitIfDue(
    _ event: Event, continuesBatch: Bool, into effects: inout [Effect]
  ) {
    let isStopping = if case .stopping = event { true } else { false }
    // A position is stored together with the counts of all lines before it.
    guard closing == nil, reading == nil, !isRestoring || isStopping else { return }
    switch event {
    case _ where streamCache.loadRequest != nil: break
    case .tick where continuesBatch: guard waitingBytes >= Self.waitingBytesMax else { return }
    case .records, .reached:
      guard waitingBytes >= Self.waitingBytesMax || isSavingDue else { return }
    case .trained:
      // While lines are read, another commit follows soon; otherwise perhaps not for an hour.
      let isQuiet = !sources.contains { $0.isBehind }
      guard isQuiet || waitingBytes >= Self.waitingBytesMax else { return }
    case .drained, .tick, .timeSkipped, .stopping, .retrainRequested, .loaded: break
    }
    let unsaved =
      isStopping
      ? streams.lazy.filter { $0.value.savedHour != $0.value.series.openHour }.map(\.key) : []
    guard !changes.isEmpty || !unsaved.isEmpty || isSavingDue else { return }
    for name in unsaved { streams[name]?.savedHour = nil }
    effects.append(.commit(takeChanges()))
  }

  /// Commits forecasts of an hour that is closed for some streams only, so that the last commit of the hour stays
  /// short. A restart after a kill makes the same forecasts again, and nothing reads them before the hour is closed.
  mutating func commitForecasts(into effects: inout [Effect]) {
    guard changes.forecasts.count >= forecastsPerCommit else { return }
    // A stream that was never stored is stored together with its counts, by a full commit.
    let isStored = changes.forecasts.map { streams[$0.stream]?.savedHour != nil }
    var part = Changes()
    part.forecasts = zip(changes.forecasts, isStored).filter(\.1).map(\.0)
    guard !part.forecasts.isEmpty else { return }
    changes.forecasts = zip(changes.forecasts, isStored).filter { !$0.1 }.map(\.0)
    effects.append(.commit(part))
  }

  /// Asks for dormant streams. Follows the commit, because the counts of these streams must be in the state before they
  /// are read.
  mutating func askForStreams(_ event: Event, into effects: inout [Effect]) {
    guard let loadRequest = streamCache.loadRequest, !loadRequest.isAskedFor else { return }
    if case .stopping = event { return }
    streamCache.loadRequest?.isAskedFor = true
    effects.append(.load(loadRequest.names.sorted()))
  }

  private mutating func takeChanges() -> Changes {
    var due: [String] = []
    var others: [String] = []
    for name in streams.keys where streams[name]?.isDueToBeSaved(as: name) ?? false {
      if streams[name]?.savedHour == nil { due.append(name) } else { others.append(name) }
    }
    isSavingDue = others.count > Self.streamsPerCommit
    for name in due + others.prefix(Self.streamsPerCommit) {
      guard let stream = streams[name] else { continue }
      changes.streams[name] = learned(stream)
      streams[name]?.savedHour = stream.series.openHour
    }
    for name in hasStoredTerms ? Array(changes.streams.keys) : Array(streams.keys) {
      guard let stream = streams[name] else { continue }
      changes.terms[name] = terms(of: stream, name)
    }
    hasStoredTerms = true
    changes.runCount = training.runCount
    if let openHour {
      changes.networkChanges.removeAll { $0.hour < openHour - NetworkChange.keptHours }
    }
    changes.trainingRows = trainingBuffer.takeChanges()
    changes.memory = memoryBytes()
    defer { changes = Changes() }
    return changes
  }
}
