import Forecasting
import Series

extension Monitor {
  /// What may wait for a commit while a long log is read.
  private static let waitingBytesMax = 1_000_000
  /// So many streams are stored with one commit of those whose turn it is: no commit takes long.
  private static let streamsPerCommit = 250
  /// So many forecasts of an hour that is closed in part, or a quarter of all: they lie in another order in the state, and
  /// each commit writes nearly all pages of its hour again.
  private var forecastsPerCommit: Int { max(1_000, streams.count / 4) }

  /// About what the changes take in memory.
  private var waitingBytes: Int {
    changes.forecasts.count * (64 + 8 * settings.forecast.horizonHours) + changes.counts.count * 256
      + changes.judged.count * 256 * settings.forecast.horizonHours
  }

  /// - Parameter goesOnReading: The event went on with lines that were read before it.
  mutating func commitIfDue(
    _ event: Event, goesOnReading: Bool, into effects: inout [Effect]
  ) {
    let isStopping = if case .stopping = event { true } else { false }
    // A position is stored with all the lines before it.
    guard closing == nil, reading == nil, !isRestoring || isStopping else { return }
    switch event {
    case _ where streamCache.loadRequest != nil: break
    case .tick where goesOnReading: guard waitingBytes >= Self.waitingBytesMax else { return }
    case .records, .reached:
      guard waitingBytes >= Self.waitingBytesMax || isSavingDue else { return }
    case .trained:
      // While lines are read, the end of the file is near; afterwards nothing else may happen for an hour.
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

  /// Hands over forecasts of an hour that is closed for some streams only, so that its last commit is not as long as the
  /// hour's end. After a kill they are made again and are the same; until the hour is closed nobody asks for them.
  mutating func commitForecasts(into effects: inout [Effect]) {
    guard changes.forecasts.count >= forecastsPerCommit else { return }
    // A stream that was never stored comes with its counts.
    let isStored = changes.forecasts.map { streams[$0.stream]?.savedHour != nil }
    var part = Changes()
    part.forecasts = zip(changes.forecasts, isStored).filter(\.1).map(\.0)
    guard !part.forecasts.isEmpty else { return }
    changes.forecasts = zip(changes.forecasts, isStored).filter { !$0.1 }.map(\.0)
    effects.append(.commit(part))
  }

  /// After the commit, which has all that the state must know of them.
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
