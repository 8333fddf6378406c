import Alerts
import Arithmetic
package import Forecasting
import Records
import Series

/// The whole daemon as a value: events in, effects out.
///
/// Records are added to counts. An hour closes when no source can still bring a line for it: earlier forecasts of it
/// are scored, the experts learn it, new forecasts are made from it and, on schedule, a training run starts. There is
/// no clock, no file and no unseeded randomness in here: the same events give the same effects, in a replay as in the
/// daemon.
package struct Monitor: Sendable {
  package let settings: MonitorSettings
  package internal(set) var sources: [SourceProgress]
  var table: StreamTable
  package internal(set) var models = Models()
  package internal(set) var training = TrainingSchedule()
  package internal(set) var modelWatch = ModelWatch()
  /// The first hour that is not closed; nil before the first record.
  package internal(set) var openHour: Int?
  /// The latest `tick`, in seconds since the epoch.
  package private(set) var now: Int64 = 0
  /// The last hour that was not observed, as `.timeSkipped` said. Not stored, because the skipped hours are closed
  /// right after the event.
  private var skippedHour = Int.min
  var changes = Changes()
  /// Whether this process has stored the settings of all streams; the state may hold those of an earlier configuration.
  private var hasStoredTerms = false
  /// Whether streams remain to be stored because one commit does not take them all.
  package private(set) var isSavingDue = false
  /// Whether a training run was requested and waits for streams to be restored, or for an hour to be closed.
  private var isTrainingRequested = false
  /// Whether commits bring the forecasts of closed hours with what came true, for scoring.
  package var keepsJudgedForecasts = false
  var restoring: Restoring?
  /// Set while the open hour is closed for some streams only.
  private(set) var closing: PartlyClosed?
  /// The rest of a batch that is not counted yet.
  private(set) var reading: PartlyRead?
  /// Whether a batch for which many hours must close is counted in parts, with the events that follow.
  package var readsInParts = false
  /// Compresses what was learned of many streams; nil: they are not packed. To be set before anything is restored.
  package var compression: ByteCompression? {
    didSet { table.packing = compression.map { StreamPacking($0, settings) } }
  }
  private let overrides: [(pattern: WildcardPattern, override: AlertOverride)]

  package init(settings: MonitorSettings) {
    self.settings = settings
    sources = settings.sources.map { SourceProgress(name: $0.name) }
    table = StreamTable(settings: settings)
    overrides = settings.alertOverrides.map { (WildcardPattern($0.stream), $0) }
  }

  /// Handles an event.
  ///
  /// - Returns: What the caller must do, in this order. A commit holds everything that changed since the commit before.
  package mutating func handle(_ event: Event) -> [Effect] {
    var effects: [Effect] = []
    let continuesBatch = reading != nil
    switch event {
    // Restoring and closing may stay unfinished over these events.
    case .reached, .drained, .tick, .retrainRequested: catchUp(atMost: Self.closedPerEvent)
    // Restored streams may stay behind: a stopped process catches them up again at its next start.
    case .timeSkipped, .stopping: finishHour(into: &effects)
    // Only positions, such as those of the files that a start finds.
    case .records(_, let batch, _) where batch.lineCount == 0: finishHour(into: &effects)
    default:
      catchUp()
      finishHour(into: &effects)
    }
    switch event {
    case .tick, .retrainRequested: break
    default: continueCounting(into: &effects)
    }
    switch event {
    case .records(let source, let batch, let positions):
      read(batch, of: source, positions)
      continueCounting(atMost: readsInParts ? Self.closedPerEvent : .max, into: &effects)
    case .reached(let source, let time):
      sources[source].isBehind = true
      sources[source].watermark = max(sources[source].watermark ?? .min, time)
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .drained(let source, let positions):
      changes.positions.append(positions)
      sources[source].isBehind = false
      sources[source].hasUnread = false
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .tick(let now, let unread):
      self.now = now
      for index in sources.indices { sources[index].hasUnread = unread.contains(index) }
      // If the clock was set back, hours that counted as skipped lie ahead again and will be observed.
      skippedHour = min(skippedHour, Int(floorDivide(now, 3600)))
      let closed = continueCounting(atMost: Self.closedPerEvent, into: &effects)
      closeHours(atMost: Self.closedPerEvent - closed, into: &effects)
    case .timeSkipped(let now):
      skippedHour = Int(floorDivide(now, 3600))
    case .loaded(let streams):
      let skipped = table.admit(streams, models: models, into: &changes)
      for silence in skipped { noteSkipped(silence) }
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .trained(let outcome):
      adopt(outcome, into: &effects)
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .retrainRequested:
      isTrainingRequested = !training.isRunning
    case .stopping:
      break
    }
    startRequestedTraining(into: &effects)
    commitIfDue(event, continuesBatch: continuesBatch, into: &effects)
    askForStreams(event, into: &effects)
    return effects
  }

  /// The settings that apply to a stream.
  package func alertSettings(of stream: String) -> AlertSettings {
    let override = overrides.first { $0.pattern.matches(stream) }?.override
    return override?.applied(to: settings.alert) ?? settings.alert
  }
}

// MARK: - Counting

extension Monitor {
  private mutating func read(_ batch: RecordBatch, of source: Int, _ positions: PositionChanges) {
    sources[source].isBehind = true
    sources[source].add(batch)
    reading = PartlyRead(
      source: source, segments: batch.segments[...], hasLines: batch.lineCount > 0,
      positions: positions)
  }

  /// Counts the rest of the current batch, and closes the hours that its times allow to close.
  ///
  /// - Parameter limit: Hours of one stream to close; the rest of the batch is counted with the next event.
  /// - Returns: How many hours were closed.
  @discardableResult private mutating func continueCounting(
    atMost limit: Int = .max, into effects: inout [Effect]
  ) -> Int {
    var closed = 0
    while let source = reading?.source, let segment = reading?.segments.first {
      sources[source].watermark = max(sources[source].watermark ?? .min, segment.watermark)
      // The segment's first line lets these hours close; records for them later in the segment are late.
      closed += closeHours(atMost: limit - closed, into: &effects)
      if limit < .max, canClose { return closed }
      reading?.segments.removeFirst()
      if openHour == nil, table.resident.isEmpty { openHour = closableHour.map { $0 + 1 } }
      for tally in segment.tallies { count(tally, of: source) }
      noteActivity(source, hour: Int(floorDivide(segment.watermark, 3600)))
    }
    guard let read = reading else { return closed }
    reading = nil
    if read.hasLines { noteActivity(read.source, hour: nil) }
    changes.positions.append(read.positions)
    return closed
  }

  private mutating func count(_ tally: RecordBatch.Tally, of source: Int) {
    let isCounted = table.count(
      tally, of: source, openHour: openHour, closable: closableHour, into: &changes)
    if isCounted {
      sources[source].countedCount += tally.count
    } else {
      sources[source].overflowCount += tally.count
    }
  }

  /// - Parameter hour: The hour of a record; nil for any line.
  private mutating func noteActivity(_ source: Int, hour: Int?) {
    let over = sources[source].silence.noteActivity(
      hour: hour, openHour: openHour ?? 0, from: sources[source].name)
    changes.alerts += [over].compactMap(\.self)
  }
}

// MARK: - Closing hours

extension Monitor {
  /// The most hours of one stream that an event closes, so that no event takes long after years of silence or with
  /// thousands of streams. The next event continues.
  static let closedPerEvent = 250

  /// Closes hours. None closes while a network is trained, so that a replay closes each hour with the same network.
  ///
  /// - Parameter limit: Hours of one stream.
  /// - Returns: How many hours were closed.
  @discardableResult private mutating func closeHours(
    atMost limit: Int = .max, into effects: inout [Effect]
  ) -> Int {
    guard !isRestoring, let closable = closableHour ?? closing.flatMap({ _ in openHour }) else {
      return 0
    }
    if openHour == nil { openHour = table.resident.values.map(\.series.firstHour).min() }
    if training.wasInterrupted { startTraining(reason: dueReason, into: &effects) }
    var remaining = limit
    while !training.isRunning, table.cache.loadRequest == nil, remaining > 0 {
      if closing == nil { skipLongSilence(until: closable) }
      guard let hour = openHour,
        closing != nil || hour <= closable && !table.selectResidents(closing: hour, into: &changes)
      else { break }
      remaining -= max(1, close(hour, atMost: remaining))
      guard closing == nil else {
        commitForecasts(into: &effects)
        break
      }
      openHour = hour + 1
      table.addLateRecords(of: hour)
      startRequestedTraining(into: &effects)
      if isTrainingDue(after: hour) {
        startTraining(reason: dueReason, into: &effects)
      }
    }
    return limit - remaining
  }

  /// Closes the open hour for the remaining streams, for events that must not find it partly closed.
  private mutating func finishHour(into effects: inout [Effect]) {
    while let closing, closeHours(atMost: closing.names.count, into: &effects) > 0 {}
  }

  /// - Returns: What it cost, in hours of one stream: more than one for a stream that was learned anew.
  private mutating func close(_ hour: Int, atMost limit: Int) -> Int {
    var partly =
      closing
      ?? PartlyClosed(
        names: table.names(openAt: hour)[...],
        surprise: Array(repeating: 0, count: sources.count))
    var cost = 0
    while cost < limit, let name = partly.names.popFirst() {
      cost += 1
      // Removed while it changes, so that the stream is not copied.
      guard var stream = table.take(name, models: models) else { continue }
      cost += table.learnEarlierHours(of: &stream, as: name, models: models)
      let closing = stream.close(
        as: name, models: models, isSkipped: hour <= skippedHour,
        settings: alertSettings(of: name))
      addAlerts(of: &stream, closing, at: hour)
      let closed = closing.hour
      if !closed.active, let expected = closing.expected {
        partly.surprise[stream.source] += AlertPolicy.bits(ofIdle: expected)
      }
      if models.current != nil, let judged = closed.judged.first, judged.lead == 1 {
        modelWatch.record(judged)
      }
      let learned = stream.learned
      table.trainingRows.record(
        name, learned.forecaster.features, settings.forecast, seed: settings.training.seed
      ) { closed.row(lead: $0) }
      changes.forecasts.append(
        Changes.Origin(
          stream: name, hour: hour, probabilities: learned.forecaster.forecasts.map(\.probability),
          threshold: learned.policy.threshold))
      if keepsJudgedForecasts, !closed.judged.isEmpty {
        changes.judged.append(Changes.Judged(stream: name, forecasts: closed.judged))
      }
      table.put(stream, as: name)
    }
    closing = partly.names.isEmpty ? nil : partly
    guard partly.names.isEmpty else { return cost }
    table.finish(
      hour, isObserved: hour > skippedHour, isCatchingUp: isCatchingUp, into: &changes)
    watchSources(hour, partly.surprise)
    if let change = modelWatch.closeHour(isRecent: isRecent(hour)) {
      changes.alerts.append(.modelChanged(change, at: hour))
    }
    return cost
  }

  private mutating func addAlerts(of stream: inout Stream, _ closing: Stream.Closing, at hour: Int)
  {
    let alerts = closing.decision.alerts.map { withContext($0, stream, closing.hour) }
    changes.alerts += alerts
    let isRecent = isRecent(hour)
    let (hasPostponed, silence) = stream.change { learned in
      learned.policy.postpone(alerts)
      return (
        learned.policy.hasPostponed, isRecent ? learned.policy.takePostponed(at: hour) : nil
      )
    }
    // A postponed alert depends on the clock as well, so the hours closed again after a restart would not reproduce it.
    if hasPostponed { stream.savedHour = nil }
    changes.alerts += [silence].compactMap(\.self)
    changes.outcomes += closing.decision.outcomes.map {
      Changes.Outcome(alert: $0.alert, hour: $0.hour, outcome: $0.outcome)
    }
  }

  private mutating func watchSources(_ hour: Int, _ surprise: [Double]) {
    for index in sources.indices {
      let stalled = sources[index].silence.close(
        hour, of: sources[index].name, lineCount: sources[index].lineCount,
        surprise: surprise[index], limit: settings.stalledBits, isRecent: isRecent(hour))
      changes.alerts += [stalled].compactMap(\.self)
    }
  }

  private mutating func skipLongSilence(until closable: Int) {
    guard let openHour,
      let silence = table.longSilence(
        from: openHour, until: closable, isCatchingUp: isCatchingUp)
    else { return }
    table.reset(before: silence.upperBound, into: &changes)
    noteSkipped(silence)
    self.openHour = silence.upperBound
  }

  /// Counts a skipped silence. One that ends recently is always reported; of those in old logs, only the first.
  private mutating func noteSkipped(_ silence: Range<Int>) {
    let isFirst = table.allowance.skippedSilences == 0
    table.allowance.noteSkipped(hours: silence.count)
    guard isFirst || isRecent(silence.upperBound) else { return }
    let source = sources.filter(\.isBehind).map(\.name).min() ?? sources.first?.name
    changes.alerts.append(.skippedSilence(silence, of: source))
  }
}

// MARK: - Training

extension Monitor {
  private mutating func startTraining(
    reason: TrainingReport.Reason, into effects: inout [Effect]
  ) {
    guard !training.isRunning, let openHour else { return }
    effects.append(.train(trainingJob(reason, endHour: openHour)))
    training.start()
  }

  /// Not before all streams are at the open hour.
  private mutating func startRequestedTraining(into effects: inout [Effect]) {
    guard isTrainingRequested, !isRestoring, closing == nil else { return }
    isTrainingRequested = false
    startTraining(reason: .requested, into: &effects)
  }

  private mutating func adopt(_ outcome: TrainingOutcome, into effects: inout [Effect]) {
    training.finish(outcome.report)
    table.trainingRows.finishRun(endHour: outcome.report.endHour)
    changes.reports.append(outcome.report)
    let isFull = outcome.report.isFull
    let change = NetworkChange(
      number: training.runCount, hour: openHour ?? outcome.report.endHour, isFull: isFull,
      isAdopted: outcome.model != nil, modelsBefore: outcome.model == nil ? nil : models)
    for index in table.resident.values.indices { table.resident.values[index].apply(change) }
    changes.networkChanges.append(change)
    if let model = outcome.model {
      models.adopt(model, isNew: isFull)
      changes.models = models
    }
    effects.append(.publish)
  }
}

// MARK: - Committing

extension Monitor {
  /// - Parameter continuesBatch: The event continued with lines of an earlier batch.
  private mutating func commitIfDue(
    _ event: Event, continuesBatch: Bool, into effects: inout [Effect]
  ) {
    guard mayCommit(after: event, continuesBatch: continuesBatch) else { return }
    let isStopping = if case .stopping = event { true } else { false }
    guard !changes.isEmpty || isSavingDue || isStopping && table.hasUnsaved else { return }
    isSavingDue = table.saveDue(isStopping: isStopping, into: &changes)
    for name in hasStoredTerms ? Array(changes.streams.keys) : Array(table.resident.keys) {
      guard let stream = table.resident[name] else { continue }
      changes.terms[name] = terms(of: stream, name)
    }
    hasStoredTerms = true
    changes.runCount = training.runCount
    if let openHour {
      changes.networkChanges.removeAll { $0.hour < openHour - NetworkChange.keptHours }
    }
    changes.trainingRows = table.trainingRows.takeChanges()
    changes.memory = memoryBytes()
    effects.append(.commit(changes))
    changes = Changes()
  }

  /// Commits forecasts of an hour that is closed for some streams only, so that the last commit of the hour stays
  /// short. A restart after a kill makes the same forecasts again, and nothing reads them before the hour is closed.
  private mutating func commitForecasts(into effects: inout [Effect]) {
    guard changes.forecasts.count >= forecastsPerCommit else { return }
    // A stream that was never stored is stored together with its counts, by a full commit.
    let part = changes.takeForecasts { table.resident[$0]?.savedHour != nil }
    if !part.isEmpty { effects.append(.commit(part)) }
  }

  /// Asks for dormant streams. Follows the commit, because the counts of these streams must be in the state before they
  /// are read.
  private mutating func askForStreams(_ event: Event, into effects: inout [Effect]) {
    guard let loadRequest = table.cache.loadRequest, !loadRequest.isAskedFor else { return }
    if case .stopping = event { return }
    table.cache.loadRequest?.isAskedFor = true
    effects.append(.load(loadRequest.names.sorted()))
  }
}
