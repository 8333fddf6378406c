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
  package private(set) var settings: MonitorSettings
  package internal(set) var sources: [SourceProgress]
  /// The streams in memory, by name.
  package internal(set) var streams: [String: Stream] = [:]
  package internal(set) var models = Models()
  package internal(set) var training = TrainingSchedule()
  package internal(set) var modelWatch = ModelWatch()
  var trainingBuffer = TrainingBuffer()
  /// The first hour that is not closed; nil before the first record.
  package internal(set) var openHour: Int?
  /// The latest `tick`, in seconds since the epoch.
  package private(set) var now: Int64 = 0
  /// The last hour that was not observed, as `.timeSkipped` said. Not stored, because the skipped hours are closed
  /// right after the event.
  private var skippedHour = Int.min
  var changes = Changes()
  /// Whether this process has stored the settings of all streams; the state may hold those of an earlier configuration.
  var hasStoredTerms = false
  /// Whether commits bring the forecasts of closed hours with what came true, for scoring.
  package var keepsJudgedForecasts = false
  /// Late records of hours that stay open only until a training run has ended, by hour.
  var lateTallies: [Int: [(stream: String, tally: RecordBatch.Tally)]] = [:]
  var streamCache = StreamCache()
  /// Streams that were reset after a long silence and have had no request since; by name, the hour at which the silence
  /// ended. The next request starts them again. Until then they count as known streams.
  var forgottenStreams: [String: Int] = [:]
  package internal(set) var silenceAllowance: SilenceAllowance
  var restoring: Restoring?
  /// Set while the open hour is closed for some streams only.
  private(set) var closing: PartlyClosed?
  /// The sorted names of the streams as of the last closed hour.
  private var closingOrder: [String] = []
  /// The rest of a batch that is not counted yet.
  var reading: PartlyRead?
  /// Whether a batch for which many hours must close is counted in parts, with the events that follow.
  package var readsInParts = false
  /// Whether streams remain to be stored because one commit does not take them all.
  var isSavingDue = false
  private let overrides: [(pattern: WildcardPattern, override: AlertOverride)]

  package init(settings: MonitorSettings) {
    self.settings = settings
    silenceAllowance = SilenceAllowance(atFirst: settings.silenceHoursAllowed)
    sources = settings.sources.map { SourceProgress(name: $0.name) }
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
    case .reached, .drained, .tick: catchUp(atMost: Self.closedPerEvent)
    // Restored streams may stay behind: a stopped process catches them up again at its next start.
    case .timeSkipped, .stopping: finishHour(into: &effects)
    // Only positions, such as those of the files that a start finds.
    case .records(_, let batch, _) where batch.lineCount == 0: finishHour(into: &effects)
    default:
      catchUp()
      finishHour(into: &effects)
    }
    if case .tick = event {} else { continueCounting(into: &effects) }
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
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .tick(let now):
      self.now = now
      // If the clock was set back, hours that counted as skipped lie ahead again and will be observed.
      skippedHour = min(skippedHour, Int(floorDivide(now, 3600)))
      let closed = continueCounting(atMost: Self.closedPerEvent, into: &effects)
      closeHours(atMost: Self.closedPerEvent - closed, into: &effects)
    case .timeSkipped(let now):
      skippedHour = Int(floorDivide(now, 3600))
    case .loaded(let streams):
      resume(with: streams)
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .trained(let outcome):
      adopt(outcome, into: &effects)
      closeHours(atMost: Self.closedPerEvent, into: &effects)
    case .retrainRequested:
      startTraining(reason: .requested, into: &effects)
    case .stopping:
      break
    }
    commitIfDue(event, continuesBatch: continuesBatch, into: &effects)
    askForStreams(event, into: &effects)
    return effects
  }

  /// The source to read next so that hours can close: the one with the oldest watermark.
  package func nextSource(among ready: [Int]) -> Int? {
    ready.min { (sources[$0].watermark ?? .min, $0) < (sources[$1].watermark ?? .min, $1) }
  }
}

// MARK: - Closing hours

extension Monitor {
  /// The newest hour that may close: every source that is behind has read past its end, or no source is behind and the
  /// clock is past it.
  var closableHour: Int? {
    var limit: Int64?
    for source in sources where source.isBehind {
      guard let watermark = source.watermark else { return nil }
      limit = min(limit ?? .max, watermark)
    }
    let time = (limit ?? now) - Int64(settings.graceSeconds)
    return Int((time >= 0 ? time : time - 3599) / 3600) - 1
  }

  /// The streams for which the open hour is not closed yet, and by source the surprise of the others' idleness, in
  /// bits.
  struct PartlyClosed: Sendable {
    fileprivate var names: ArraySlice<String>
    fileprivate var surprise: [Double]
  }

  /// The most hours of one stream that an event closes, so that no event takes long after years of silence or with
  /// thousands of streams. The next event continues.
  static let closedPerEvent = 250

  /// Whether work remains that waits for nothing: the next `.tick` continues it.
  package var hasHoursToClose: Bool {
    isRestoring || reading != nil || isSavingDue || canClose
  }

  /// Whether the open hour is closed for some streams only.
  package var isPartlyClosed: Bool { closing != nil }

  /// Whether the open hour is partly closed, or may close.
  var canClose: Bool {
    if closing != nil { return true }
    guard let closable = closableHour, let openHour else { return false }
    return openHour <= closable && !training.isRunning && streamCache.loadRequest == nil
  }

  /// The number of hours that are over by the clock but not closed: by so many hours the forecasts are too old.
  ///
  /// - Parameter now: In seconds since the epoch.
  package func hoursLeft(at now: Int64) -> Int {
    openHour.map { max(0, Int(floorDivide(now - Int64(settings.graceSeconds), 3600)) - $0) } ?? 0
  }

  /// Closes hours. None closes while a network is trained, so that a replay closes each hour with the same network.
  ///
  /// - Parameter limit: Hours of one stream.
  /// - Returns: How many hours were closed.
  @discardableResult mutating func closeHours(
    atMost limit: Int = .max, into effects: inout [Effect]
  ) -> Int {
    guard !isRestoring, let closable = closableHour ?? closing.flatMap({ _ in openHour }) else {
      return 0
    }
    if openHour == nil {
      openHour = streams.values.map(\.series.firstHour).min()
    }
    if training.wasInterrupted { startTraining(reason: dueReason, into: &effects) }
    var remaining = limit
    while !training.isRunning, streamCache.loadRequest == nil, remaining > 0 {
      if closing == nil { skipLongSilence(until: closable) }
      guard let hour = openHour,
        closing != nil || hour <= closable && !selectResidents(closing: hour)
      else { break }
      remaining -= max(1, close(hour, atMost: remaining))
      guard closing == nil else {
        commitForecasts(into: &effects)
        break
      }
      account(for: hour)
      openHour = hour + 1
      for late in lateTallies.removeValue(forKey: hour) ?? [] {
        add(late.tally, to: late.stream)
      }
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
        names: namesInOrder().filter {
          streams[$0].map { $0.series.openHour <= hour } ?? false
        }[...],
        surprise: Array(repeating: 0, count: sources.count))
    var cost = 0
    while cost < limit, let name = partly.names.popFirst() {
      cost += 1
      // Removed while it changes, so that the stream is not copied.
      guard var stream = streams.removeValue(forKey: name) else { continue }
      cost += learnEarlierHours(of: &stream, as: name) / SilenceAllowance.forecastCost
      let closing = stream.close(
        as: name, models: models, isSkipped: hour <= skippedHour,
        settings: alertSettings(of: name))
      let closed = closing.hour
      let alerts = closing.decision.alerts.map { alert in
        var alert = alert
        if alert.suppressed == nil, !isRecent(alert) { alert.suppressed = .past }
        alert.facts.explanation = explanation(of: alert, stream.forecaster, closed)
        alert.facts.localTime = stream.localTime(of: alert)
        alert.facts.habit = stream.habit(of: alert)
        return alert
      }
      changes.alerts += alerts
      stream.policy.postpone(alerts)
      // A postponed alert depends on the clock as well, so the hours closed again after a restart would not reproduce
      // it.
      if stream.policy.hasPostponed { stream.savedHour = nil }
      if isRecent(hour), let silence = stream.policy.takePostponed(at: hour) {
        changes.alerts.append(silence)
      }
      streams[name] = stream
      if !closed.active, let expected = closing.expected {
        partly.surprise[stream.source] += AlertPolicy.bits(ofIdle: expected)
      }
      if models.current != nil, let judged = closed.judged.first, judged.lead == 1 {
        modelWatch.record(judged)
      }
      trainingBuffer.record(
        name, stream.forecaster.features, settings.forecast, seed: settings.training.seed
      ) { closed.row(lead: $0) }

      changes.forecasts.append(
        Changes.Origin(
          stream: name, hour: hour, probabilities: stream.forecaster.forecasts.map(\.probability),
          threshold: stream.policy.threshold))
      if keepsJudgedForecasts, !closed.judged.isEmpty {
        changes.judged.append(Changes.Judged(stream: name, forecasts: closed.judged))
      }
      changes.outcomes += closing.decision.outcomes.map {
        Changes.Outcome(alert: $0.alert, outcome: $0.outcome)
      }
    }
    closing = partly.names.isEmpty ? nil : partly
    guard partly.names.isEmpty else { return cost }
    // A clock that is years ahead for a while must not make old data expire.
    if hour > skippedHour { forgetOld(at: hour) }
    trainingBuffer.close(hour)
    watchSources(hour, partly.surprise)
    watchModel(hour)
    return cost
  }

  /// The names of all streams, sorted. Few change from hour to hour, and sorting nearly sorted names is fast.
  private mutating func namesInOrder() -> [String] {
    closingOrder.removeAll { streams.index(forKey: $0) == nil }
    if closingOrder.count < streams.count {
      let known = Set(closingOrder)
      closingOrder += streams.keys.filter { !known.contains($0) }.sorted()
      closingOrder.sort()
    }
    return closingOrder
  }

  private mutating func watchSources(_ hour: Int, _ surprise: [Double]) {
    for index in sources.indices {
      let stalled = sources[index].silence.close(
        hour, of: sources[index].name, lineCount: sources[index].lineCount,
        surprise: surprise[index], limit: settings.stalledBits, isRecent: isRecent(hour))
      changes.alerts += [stalled].compactMap(\.self)
    }
  }

  private mutating func watchModel(_ hour: Int) {
    guard let change = modelWatch.closeHour(isRecent: isRecent(hour)) else { return }
    var alert = Alert(.modelDegraded, about: .service, hour: hour)
    switch change {
    case .degraded(let skill): alert.facts.skill = skill
    case .recovered(let skill):
      alert.isOver = true
      alert.facts.skill = skill
      alert.facts.reason = "the network forecast worse than the baselines"
    }
    changes.alerts.append(alert)
  }

  private func explanation(
    of alert: Alert, _ forecaster: StreamForecaster, _ closed: StreamForecaster.ClosedHour
  ) -> String? {
    let inputs = alert.leadHours > 0 ? forecaster.inputs(lead: alert.leadHours) : closed.inputs
    return inputs.map {
      Explanation($0, usualRow: forecaster.usualRow, model: models.current).sentence
    }
  }

  /// Whether an hour ended less than two hours before `now`. Alerts of earlier hours, found while an old log is read,
  /// are recorded but not delivered.
  func isRecent(_ origin: Int) -> Bool {
    Int64(origin + 1) * 3600 > now - 2 * 3600
  }

  /// An `upcoming` alert is not delivered once its hour is over.
  private func isRecent(_ alert: Alert) -> Bool {
    isRecent(alert.origin) && (alert.kind != .upcoming || Int64(alert.hour + 1) * 3600 > now)
  }

  /// The settings that apply to a stream.
  package func alertSettings(of stream: String) -> AlertSettings {
    let override = overrides.first { $0.pattern.matches(stream) }?.override
    return override?.applied(to: settings.alert) ?? settings.alert
  }
}
