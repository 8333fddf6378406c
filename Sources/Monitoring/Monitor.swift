import Alerts
import Arithmetic
package import Forecasting
import Records
import Series

/// The whole daemon as a value: events in, effects out.
///
/// Records raise counts; hours close when no source can still bring a line for them; a closed hour is judged,
/// learned, forecast from and, when it is time, trained on. No clock, no file, no chance: the same events give
/// the same effects, whether a log is replayed or a service is watched.
package struct Monitor: Sendable {
  package private(set) var settings: MonitorSettings
  package internal(set) var sources: [SourceProgress]
  /// Those in memory, by name.
  package internal(set) var streams: [String: Stream] = [:]
  package internal(set) var models = Models()
  package internal(set) var training = TrainingSchedule()
  package internal(set) var modelWatch = ModelWatch()
  var trainingBuffer = TrainingBuffer()
  /// The first hour that is not closed; nil before the first record.
  package internal(set) var openHour: Int?
  /// The latest `tick`, in seconds since the epoch.
  package private(set) var now: Int64 = 0
  /// The last hour that was skipped. Not stored: its end is closed a moment later.
  private var skippedHour = Int.min
  var changes = Changes()
  /// The settings may be others than those under which the state was written.
  var hasStoredTerms = false
  /// Whether commits bring the forecasts of closed hours with what came true, for scoring.
  package var keepsJudgedForecasts = false
  /// Records of hours that are over but wait for a training run to be closed, by hour.
  var lateTallies: [Int: [(stream: String, tally: RecordBatch.Tally)]] = [:]
  var streamCache = StreamCache()
  /// Those that begin anew with their next request, and since which hour. Their names take their places among the known
  /// ones until then.
  var forgottenStreams: [String: Int] = [:]
  package internal(set) var silenceAllowance: SilenceAllowance
  var restoring: Restoring?
  /// The open hour is closed in part.
  private(set) var closing: PartlyClosed?
  /// The streams' names, sorted, when an hour was last closed.
  private var closingOrder: [String] = []
  /// Lines of a batch that are not counted yet.
  var reading: PartlyRead?
  /// A batch of lines is counted with the events that follow, where there is much to close for it.
  package var readsInParts = false
  /// More streams are due to be stored than one commit takes.
  var isSavingDue = false
  private let overrides: [(pattern: WildcardPattern, override: AlertOverride)]

  package init(settings: MonitorSettings) {
    self.settings = settings
    silenceAllowance = SilenceAllowance(atFirst: settings.silenceHoursAllowed)
    sources = settings.sources.map { SourceProgress(name: $0.name) }
    overrides = settings.alertOverrides.map { (WildcardPattern($0.stream), $0) }
  }

  /// Takes an event, and decides.
  ///
  /// - Returns: What is to be done, in this order; a commit holds everything that changed since the one before.
  package mutating func handle(_ event: Event) -> [Effect] {
    var effects: [Effect] = []
    let goesOnReading = reading != nil
    switch event {
    // These go on with what is done in part.
    case .reached, .drained, .tick: catchUp(atMost: Self.closedPerEvent)
    // What was stored is as good as what it would come to.
    case .timeSkipped, .stopping: finishHour(into: &effects)
    default:
      catchUp()
      finishHour(into: &effects)
    }
    if case .tick = event {} else { readOn(into: &effects) }
    switch event {
    case .records(let source, let batch, let positions):
      read(batch, of: source, positions)
      readOn(atMost: readsInParts ? Self.closedPerEvent : .max, into: &effects)
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
      // Set back, the clock has hours before it that it was in already.
      skippedHour = min(skippedHour, Int(floorDivide(now, 3600)))
      let closed = readOn(atMost: Self.closedPerEvent, into: &effects)
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
    commitIfDue(event, goesOnReading: goesOnReading, into: &effects)
    askForStreams(event, into: &effects)
    return effects
  }

  /// The source that must be read next, so that hours close in order: the one that is furthest back in time.
  package func nextSource(among ready: [Int]) -> Int? {
    ready.min { (sources[$0].watermark ?? .min, $0) < (sources[$1].watermark ?? .min, $1) }
  }
}

// MARK: - Closing hours

extension Monitor {
  /// An hour closes when every source that is behind has passed its end, or when none is and the clock has.
  var closableHour: Int? {
    var limit: Int64?
    for source in sources where source.isBehind {
      guard let watermark = source.watermark else { return nil }
      limit = min(limit ?? .max, watermark)
    }
    let time = (limit ?? now) - Int64(settings.graceSeconds)
    return Int((time >= 0 ? time : time - 3599) / 3600) - 1
  }

  /// Streams whose hour is not closed yet, and what came of the others.
  struct PartlyClosed: Sendable {
    fileprivate var names: ArraySlice<String>
    fileprivate var surprise: [Double]
  }

  /// Hours of one stream. So that no event takes long: after years of silence, or with thousands of streams, there may be
  /// much to close at once. What is left is closed with the next event.
  static let closedPerEvent = 250

  /// There is more to do, and nothing to wait for: another `.tick` will continue.
  package var hasHoursToClose: Bool {
    isRestoring || reading != nil || isSavingDue || canClose
  }

  /// The open hour is closed for some streams only.
  package var isPartlyClosed: Bool { closing != nil }

  /// The open hour is closed in part, or may be closed.
  var canClose: Bool {
    if closing != nil { return true }
    guard let closable = closableHour, let openHour else { return false }
    return openHour <= closable && !training.isRunning && streamCache.loadRequest == nil
  }

  /// Hours that are over by the clock and are not closed, by which what is forecast is too old.
  ///
  /// - Parameter now: In seconds since the epoch.
  package func hoursLeft(at now: Int64) -> Int {
    openHour.map { max(0, Int(floorDivide(now - Int64(settings.graceSeconds), 3600)) - $0) } ?? 0
  }

  /// Hours wait while a network is trained, so that the same hour meets the same network in a replay.
  ///
  /// - Parameter limit: Hours of one stream.
  /// - Returns: How many were closed.
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
    var left = limit
    while !training.isRunning, streamCache.loadRequest == nil, left > 0 {
      if closing == nil { skipLongSilence(until: closable) }
      guard let hour = openHour,
        closing != nil || hour <= closable && !selectResidents(closing: hour)
      else { break }
      left -= max(1, close(hour, atMost: left))
      guard closing == nil else {
        commitForecasts(into: &effects)
        break
      }
      account(for: hour)
      openHour = hour + 1
      for late in lateTallies.removeValue(forKey: hour) ?? [] {
        take(late.tally, of: late.stream)
      }
      if isTrainingDue(after: hour) {
        startTraining(reason: dueReason, into: &effects)
      }
    }
    return limit - left
  }

  /// What else happens must not find an hour that is closed for some streams only.
  private mutating func finishHour(into effects: inout [Effect]) {
    guard let closing else { return }
    closeHours(atMost: closing.names.count, into: &effects)
  }

  /// - Returns: For how many streams it was closed now.
  private mutating func close(_ hour: Int, atMost limit: Int) -> Int {
    var partly =
      closing
      ?? PartlyClosed(
        names: namesInOrder().filter {
          streams[$0].map { $0.series.openHour <= hour } ?? false
        }[...],
        surprise: Array(repeating: 0, count: sources.count))
    let names = partly.names.prefix(limit)
    partly.names = partly.names.dropFirst(limit)
    for name in names {
      // Taken out while it changes, so that nothing is copied.
      guard var stream = streams.removeValue(forKey: name) else { continue }
      let closing = stream.close(
        as: name, models: models, isSkipped: hour <= skippedHour,
        settings: alertSettings(of: name))
      let closed = closing.hour
      let alerts = closing.decision.alerts.map { alert in
        var alert = alert
        if alert.suppressed == nil, !isNews(alert) { alert.suppressed = .past }
        alert.facts.explanation = explanation(of: alert, stream.forecaster, closed)
        alert.facts.localTime = stream.localTime(of: alert)
        alert.facts.habit = stream.habit(of: alert)
        return alert
      }
      changes.alerts += alerts
      stream.policy.postpone(alerts)
      // What is postponed depends on the clock, not only on the hours.
      if stream.policy.hasPostponed { stream.savedHour = nil }
      if isNews(hour), let silence = stream.policy.takePostponed(at: hour) {
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
    guard partly.names.isEmpty else { return names.count }
    // By a clock that is years ahead for a while nothing is lost.
    if hour > skippedHour { forgetOld(at: hour) }
    trainingBuffer.close(hour)
    watchSources(hour, partly.surprise)
    watchModel(hour)
    return names.count
  }

  /// Of all streams, sorted. From hour to hour few come and go, and what is nearly sorted is soon sorted again.
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
        surprise: surprise[index], limit: settings.stalledBits, isNews: isNews(hour))
      changes.alerts += [stalled].compactMap(\.self)
    }
  }

  private mutating func watchModel(_ hour: Int) {
    guard let change = modelWatch.closeHour(isNews: isNews(hour)) else { return }
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

  /// An alert found while catching up with an old log is recorded and not delivered.
  func isNews(_ origin: Int) -> Bool {
    Int64(origin + 1) * 3600 > now - 2 * 3600
  }

  /// No alert says that a request is likely in an hour that is over.
  private func isNews(_ alert: Alert) -> Bool {
    isNews(alert.origin) && (alert.kind != .upcoming || Int64(alert.hour + 1) * 3600 > now)
  }

  /// The settings that apply to a stream.
  package func alertSettings(of stream: String) -> AlertSettings {
    let override = overrides.first { $0.pattern.matches(stream) }?.override
    return override?.applied(to: settings.alert) ?? settings.alert
  }
}
