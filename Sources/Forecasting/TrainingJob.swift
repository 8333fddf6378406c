import Arithmetic
import Glibc
package import NeuralNet
package import Series

/// One training run, as a value: everything it needs, so that it can run beside the loop and come back with
/// the same network wherever and whenever it runs.
///
/// A *full* run begins anew with all hours; it comes when there is no network yet, and whenever the hours
/// have grown by a quarter, or when a stream has drifted away from the network. An *incremental* run continues
/// from the network in use, with Adam's moments, over the new hours and a sample of the old.
package struct TrainingJob: Sendable {
  /// What a run needs to know of one stream.
  package struct Stream: Sendable {
    package var name: String
    package var series: HourlySeries
    package var calendar: HourCalendar

    package init(name: String, series: HourlySeries, calendar: HourCalendar) {
      self.name = name
      self.series = series
      self.calendar = calendar
    }
  }

  /// Of the run, from 1.
  package var number: Int
  package var reason: TrainingReport.Reason
  /// The first hour that is not over.
  package var endHour: Int
  /// The end of the last full run; nil: there was none.
  package var lastFullEndHour: Int?
  package var models: Models
  package var streams: [Stream]
  package var batch: TrainingBuffer.Batch
  package var forecast: ForecastSettings
  package var settings: TrainingSettings

  package init(
    number: Int, reason: TrainingReport.Reason, endHour: Int, lastFullEndHour: Int?,
    models: Models, streams: [Stream], batch: TrainingBuffer.Batch = TrainingBuffer.Batch(),
    forecast: ForecastSettings, settings: TrainingSettings
  ) {
    self.number = number
    self.reason = reason
    self.endHour = endHour
    self.lastFullEndHour = lastFullEndHour
    self.models = models
    self.streams = streams
    self.batch = batch
    self.forecast = forecast
    self.settings = settings
  }

  /// A slice must have this many rows, and this many active ones, to decide anything.
  private static let rowsMin = 200
  private static let activeRowsMin = 5
  /// A candidate may be this much worse on the held-out slice, which is small, before it is refused.
  private static let tolerance = 1.01

  package var isFull: Bool {
    guard models.current != nil, let last = lastFullEndHour else { return true }
    return reason == .drift || endHour - last >= max(24 * 7, (last - firstHour) / 4)
  }

  /// Nothing before this hour is learned from. Goes through all streams.
  private var firstHour: Int {
    max(streams.map(\.series.firstHour).min() ?? endHour, endHour - 24 * settings.historyDays)
  }

  /// Trains, and decides by the newest, held-out slice whether the result is to be used.
  package func run() -> TrainingOutcome {
    var rows = FullRunRows(areKept: false)
    return run(rows: &rows)
  }

  /// The same with the rows of earlier full runs, which are not made again.
  package func run(rows: inout FullRunRows) -> TrainingOutcome {
    var generator = Self.generator(number: number, settings)
    return isFull ? runFull(&generator, &rows) : runIncremental(&generator)
  }

  /// The chance that a run takes.
  package static func generator(number: Int, _ settings: TrainingSettings) -> Xoshiro {
    Xoshiro(seed: settings.seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
  }

  /// The outcome of not training: for an evaluation with networks frozen from some hour on.
  package func skipped() -> TrainingOutcome {
    var report = self.report
    report.verdict = .skipped
    return TrainingOutcome(report: report, model: nil)
  }

  private var report: TrainingReport {
    TrainingReport(number: number, reason: reason, isFull: isFull, endHour: endHour)
  }

  // MARK: - Full runs

  /// Twice: without the newest slice, to see how long to train and whether it is worth it; then with it.
  private func runFull(
    _ generator: inout Xoshiro, _ made: inout FullRunRows
  ) -> TrainingOutcome {
    var report = self.report
    let slice = min((endHour - firstHour) * 15 / 100, 24 * 56, endHour - (lastFullEndHour ?? 0))
    let (early, late) = choose(&made, splitAt: endHour - slice)
    let rows = made.rows
    report.rowCount = early.count + late.count
    report.heldOutCount = late.count
    guard early.count >= Self.rowsMin, rows.activeCount(among: early) >= Self.activeRowsMin,
      !late.isEmpty
    else { return TrainingOutcome(report: report, model: nil) }

    report.logLossBefore = models.current.map {
      $0.network.logLoss(on: rows, late, $0.standardizer)
    }
    let start = newModel(for: rows, early, using: &generator)
    var candidate = start.network
    let runner = EpochRunner(rows, early, start.standardizer, settings, epochs: settings.epochs)
    let epochs = train(&candidate, runner, judgedBy: late, into: &report, using: &generator)
    report.verdict = verdict(report)
    guard report.isAdopted else { return TrainingOutcome(report: report, model: nil) }
    var model = start
    refit(&model, on: rows, early + late, epochs: epochs, using: &generator)
    return TrainingOutcome(report: report, model: model)
  }

  /// - Returns: Those whose targets are before the split, and those whose origins are not.
  private func choose(_ rows: inout FullRunRows, splitAt split: Int) -> (
    early: [Int32], late: [Int32]
  ) {
    let firstHour = self.firstHour
    let budget = TrainingBudget(settings, featureCount: TrainingRows.width)
    let allHours = hours(of: streams, since: firstHour)
    let streams = streams.filter { budget.takes($0.name, ofHours: allHours) }
    return rows.choose(
      of: streams, hours: firstHour..<max(endHour, firstHour), splitAt: split,
      hourCount: hours(of: streams, since: firstHour), rowsMax: budget.rows, forecast,
      seed: settings.seed)
  }

  private func hours(of streams: [Stream], since firstHour: Int) -> Int {
    streams.reduce(0) { sum, stream in
      sum + (max(stream.series.firstHour, firstHour)..<max(endHour, firstHour)).count
    }
  }

  private func newModel(
    for rows: TrainingRows, _ chosen: [Int32], using generator: inout Xoshiro
  ) -> Model {
    let featureCount = TrainingRows.width
    let share = rows.activeShare(of: chosen)
    let penalty: Float =
      switch settings.penalty {
      case .weight(let weight): Float(weight)
      case .balanced: Float((1 - share) / share)
      }
    var network = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: settings.hidden),
      initialization: .glorotUniform, outputScale: 0.1, using: &generator)
    let loss = PenalizedLoss(penalty: penalty)
    network.setOutputBias(loss.logit(probability: share))
    var logistic = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: []), outputScale: 0, using: &generator)
    let plain = PenalizedLoss(penalty: 1)
    logistic.setOutputBias(plain.logit(probability: share))
    return Model(
      standardizer: rows.standardizer(fitting: chosen),
      network: Learner(network: network, loss: loss),
      logistic: Learner(network: logistic, loss: plain))
  }

  /// - Returns: After how many epochs it did best on the held-out slice.
  private func train(
    _ learner: inout Learner, _ runner: EpochRunner, judgedBy heldOut: [Int32],
    into report: inout TrainingReport, using generator: inout Xoshiro
  ) -> Int {
    var best = 1
    for epoch in 1...settings.epochs where epoch - best <= settings.patience {
      let rate = runner.rate(learner, settings.learningRate)
      let done = runner.run(
        &learner, rate: settings.learningRate, dropout: runner.dropout, using: &generator)
      let logLoss = learner.logLoss(on: runner.rows, heldOut, runner.standardizer)
      report.append(done, heldOutLogLoss: logLoss, learningRate: rate)
      let least = min(logLoss, report.logLossAfter ?? .infinity)
      // The rate is still high: a little worse now is no worse at the end of a run of its own.
      if logLoss <= least * Self.tolerance { best = epoch }
      report.logLossAfter = least
    }
    return best
  }

  private func refit(
    _ model: inout Model, on rows: TrainingRows, _ chosen: [Int32], epochs: Int,
    using generator: inout Xoshiro
  ) {
    let runner = EpochRunner(rows, chosen, model.standardizer, settings, epochs: epochs)
    for _ in 0..<epochs {
      _ = runner.run(
        &model.network, rate: settings.learningRate, dropout: runner.dropout, using: &generator)
    }
    let logisticRunner = EpochRunner(
      rows, chosen, model.standardizer, settings, epochs: Self.logisticEpochs)
    for _ in 0..<Self.logisticEpochs {
      _ = logisticRunner.run(
        &model.logistic, rate: Self.logisticRate, weightDecay: 2e-2, using: &generator)
    }
  }

  private static let logisticEpochs = 4
  private static let logisticRate = 3e-3

  // MARK: - Incremental runs

  private func runIncremental(_ generator: inout Xoshiro) -> TrainingOutcome {
    var report = self.report
    let rows = batch.rows
    let heldOut = batch.heldOut
    report.rowCount = rows.count
    report.heldOutCount = heldOut.count
    guard var model = models.current, !rows.isEmpty, !heldOut.isEmpty else {
      return TrainingOutcome(report: report, model: nil)
    }
    let judges = heldOut.indices
    report.logLossBefore = model.network.logLoss(on: heldOut, judges, model.standardizer)
    let runner = EpochRunner(rows, rows.indices, model.standardizer, settings, epochs: nil)
    let rate = settings.learningRate * Self.incrementalShare
    let done = runner.run(
      &model.network, rate: rate, dropout: settings.dropout, using: &generator)
    _ = runner.run(
      &model.logistic, rate: Self.logisticRate * Self.incrementalShare, using: &generator)
    let logLoss = model.network.logLoss(on: heldOut, judges, model.standardizer)
    report.append(done, heldOutLogLoss: logLoss, learningRate: rate)
    report.logLossAfter = logLoss
    report.verdict = verdict(report)
    return TrainingOutcome(report: report, model: report.isAdopted ? model : nil)
  }

  /// Increments must be small: thousands of them pass over the same years, and large ones overfit.
  private static let incrementalShare = 0.02

  private func verdict(_ report: TrainingReport) -> TrainingReport.Verdict {
    guard let after = report.logLossAfter, after.isFinite else { return .diverged }
    guard let before = report.logLossBefore else { return .adopted }
    return after <= before * Self.tolerance ? .adopted : .noBetter
  }
}

/// What comes back from a `TrainingJob`.
package struct TrainingOutcome: Sendable {
  package var report: TrainingReport
  /// Nil: the models in use stay.
  package var model: Model?

  package init(report: TrainingReport, model: Model?) {
    self.report = report
    self.model = model
  }
}

extension TrainingReport {
  fileprivate mutating func append(
    _ epoch: EpochReport, heldOutLogLoss: Double, learningRate: Double
  ) {
    epochs.append(
      Epoch(
        trainLoss: epoch.trainingLoss, heldOutLogLoss: heldOutLogLoss,
        gradientNorm: epoch.gradientNorm, clipRate: epoch.clipRate, learningRate: learningRate,
        nonFiniteSteps: epoch.nonFiniteStepCount))
  }
}
