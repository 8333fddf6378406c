import Forecasting
import Series

extension Monitor {
  /// What may wait for a commit while a long log is read.
  private static let waitingBytesMax = 3_200_000

  /// About what the changes take in memory.
  private var waitingBytes: Int {
    changes.forecasts.count * (64 + 8 * settings.forecast.horizonHours) + changes.counts.count * 256
      + changes.judged.count * 256 * settings.forecast.horizonHours
  }

  mutating func commitIfDue(_ event: Event, into effects: inout [Effect]) {
    guard closing == nil else { return }
    switch event {
    case _ where streamCache.loadRequest != nil: break
    case .records, .reached: guard waitingBytes >= Self.waitingBytesMax else { return }
    case .trained:
      // While lines are read, the end of the file is near; afterwards nothing else may happen for an hour.
      let isQuiet = !sources.contains { $0.isBehind }
      guard isQuiet || waitingBytes >= Self.waitingBytesMax else { return }
    case .drained, .tick, .timeSkipped, .stopping, .retrainRequested, .loaded: break
    }
    let isStopping = if case .stopping = event { true } else { false }
    let unsaved =
      isStopping ? streams.filter { $0.value.savedHour != $0.value.series.openHour } : [:]
    guard !changes.isEmpty || !unsaved.isEmpty else { return }
    for name in unsaved.keys { streams[name]?.savedHour = nil }
    effects.append(.commit(takeChanges()))
  }

  /// After the commit, which has all that the state must know of them.
  mutating func askForStreams(_ event: Event, into effects: inout [Effect]) {
    guard let loadRequest = streamCache.loadRequest, !loadRequest.isAskedFor else { return }
    if case .stopping = event { return }
    streamCache.loadRequest?.isAskedFor = true
    effects.append(.load(loadRequest.names.sorted()))
  }

  private mutating func takeChanges() -> Changes {
    let due = streams.compactMap { $1.isDueToBeSaved(as: $0) ? $0 : nil }
    for name in due {
      guard let stream = streams[name] else { continue }
      changes.streams[name] = learned(stream)
      streams[name]?.savedHour = stream.series.openHour
    }
    for (name, stream) in streams where !hasStoredTerms || changes.streams[name] != nil {
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
