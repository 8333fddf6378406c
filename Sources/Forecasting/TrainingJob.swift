import Glibc
import NeuralNet
package import Series

/// One training run, as a value: everything it needs, so that it can run beside the loop and come back with
/// the same network wherever and whenever it runs.
package struct TrainingJob: Sendable {
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

  package var number: Int
  package var reason: TrainingReport.Reason
  /// The first hour that is not over.
  package var endHour: Int
  /// The end of the last run; nil: never.
  package var lastEndHour: Int?
  package var models: Models
  package var streams: [Stream]
  package var forecast: ForecastSettings
  package var settings: TrainingSettings

  package init(
    number: Int, reason: TrainingReport.Reason, endHour: Int, lastEndHour: Int?, models: Models,
    streams: [Stream], forecast: ForecastSettings, settings: TrainingSettings
  ) {
    self.number = number
    self.reason = reason
    self.endHour = endHour
    self.lastEndHour = lastEndHour
    self.models = models
    self.streams = streams
    self.forecast = forecast
    self.settings = settings
  }

  /// A slice must have this many rows, and this many active ones, to decide anything.
  private static let rowsMin = 200
  private static let activeRowsMin = 5
  /// The held-out slice: this share of the hours, but no more than these.
  private static let heldOutShare = 0.15
  private static let heldOutHoursMax = 24 * 28
  /// An incremental run goes once more through this many of the older rows.
  private static let rehearsedRowsMax = 6_000
  private static let heldOutRowsMax = 6_000

  /// Trains, and decides by the newest, held-out slice whether the result is to be used.
  package func run() -> TrainingOutcome {
    var report = TrainingReport(number: number, reason: reason, endHour: endHour)
    var generator = Xoshiro(seed: settings.seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
    var (rows, heldOut) = makeRows(using: &generator)
    report.rowCount = rows.count
    report.heldOutCount = heldOut.count
    guard rows.count >= Self.rowsMin, !heldOut.isEmpty,
      rows.labels.count(where: { $0 > 0 }) >= Self.activeRowsMin
    else { return TrainingOutcome(report: report, model: nil) }

    var model = models.current ?? newModel(for: rows, using: &generator)
    model.standardizer.apply(to: &rows.features)
    model.standardizer.apply(to: &heldOut.features)
    report.logLossBefore = models.current.map { $0.network.logLoss(on: heldOut) }
    train(&model.network, on: rows, heldOut, into: &report, using: &generator)
    trainLogistic(&model.logistic, on: rows, using: &generator)
    report.verdict = verdict(report)
    return TrainingOutcome(report: report, model: report.isAdopted ? model : nil)
  }

  /// The outcome of not training: for an evaluation with networks frozen from some hour on.
  package func skipped() -> TrainingOutcome {
    var report = TrainingReport(number: number, reason: reason, endHour: endHour)
    report.verdict = .skipped
    return TrainingOutcome(report: report, model: nil)
  }

  private func verdict(_ report: TrainingReport) -> TrainingReport.Verdict {
    guard let after = report.logLossAfter, after.isFinite else { return .diverged }
    guard let before = report.logLossBefore else { return .adopted }
    return after <= before * 1.002 ? .adopted : .noBetter
  }

  // MARK: - Rows

  private func makeRows(using generator: inout Xoshiro) -> (TrainingRows, TrainingRows) {
    let first = max(
      streams.map(\.series.firstHour).min() ?? endHour, endHour - 24 * settings.historyDays)
    let slice = min(Int(Double(endHour - first) * Self.heldOutShare), Self.heldOutHoursMax)
    let heldOutFrom = endHour - slice
    let newFrom = max(first, lastEndHour.map { $0 - slice } ?? first)
    let perOrigin = Double(LeadStrata(horizon: forecast.horizonHours).count)
    let old = perOrigin * Double(streams.reduce(0) { $0 + hours($1, first..<min(newFrom, heldOutFrom)) })
    let new = perOrigin * Double(streams.reduce(0) { $0 + hours($1, newFrom..<heldOutFrom) })
    let tested = perOrigin * Double(streams.reduce(0) { $0 + hours($1, heldOutFrom..<endHour) })
    let isIncremental = models.current != nil
    let sampler = RowSampler(
      heldOutFrom: heldOutFrom, endHour: endHour, historyFrom: first,
      newFrom: isIncremental ? newFrom : endHour,
      oldShare: isIncremental
        ? min(1, Double(Self.rehearsedRowsMax) / max(old, 1))
        : min(1, Double(settings.maxRows) / max(old + new, 1)),
      heldOutShare: min(1, Double(Self.heldOutRowsMax) / max(tested, 1)),
      horizon: forecast.horizonHours)
    var rows = TrainingRows()
    var heldOut = TrainingRows()
    for stream in streams {
      sampler.sample(
        stream.series, calendar: stream.calendar, forecast: forecast, into: &rows,
        heldOut: &heldOut, using: &generator)
    }
    return (rows, heldOut)
  }

  private func hours(_ stream: Stream, _ range: Range<Int>) -> Int {
    range.clamped(to: stream.series.firstHour..<stream.series.openHour).count
  }

  // MARK: - Training

  private func newModel(for rows: TrainingRows, using generator: inout Xoshiro) -> Model {
    let featureCount = RollingFeatures.featureNames.count
    let share = rows.activeShare
    let penalty: Float =
      switch settings.penalty {
      case .weight(let weight): Float(weight)
      case .balanced: Float((1 - share) / share)
      }
    var network = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: settings.hidden),
      initialization: .heNormal, outputScale: 0.1, using: &generator)
    let loss = PenalizedLoss(penalty: penalty)
    network.setOutputBias(loss.logit(probability: share))
    var logistic = Network(
      shape: NetworkShape(inputCount: featureCount, hidden: []), outputScale: 0, using: &generator)
    let plain = PenalizedLoss(penalty: 1)
    logistic.setOutputBias(plain.logit(probability: share))
    return Model(
      standardizer: Standardizer(fitting: rows.features, featureCount: featureCount),
      network: Learner(network: network, loss: loss),
      logistic: Learner(network: logistic, loss: plain))
  }

  /// Keeps the weights of the epoch that did best on the held-out slice.
  private func train(
    _ learner: inout Learner, on rows: TrainingRows, _ heldOut: TrainingRows,
    into report: inout TrainingReport, using generator: inout Xoshiro
  ) {
    let isIncremental = models.current != nil
    learner.adam = adam(rate: settings.learningRate * (isIncremental ? 0.2 : 1))
    let epochs = isIncremental ? 1 : settings.epochs
    let steps = (rows.count + settings.batchSize - 1) / settings.batchSize
    let schedule =
      isIncremental
      ? LearningRateSchedule.constant
      : .cosine(firstStep: learner.moments.step, stepCount: epochs * steps)
    var best = learner
    var worse = 0
    for _ in 0..<epochs where worse < settings.patience {
      let rate = learner.adam.learningRate * schedule.multiplier(atStep: learner.moments.step)
      let epoch = learner.epoch(
        rows: rows.features, labels: rows.labels, weights: rows.weights,
        order: generator.shuffledIndices(count: rows.count), batchSize: settings.batchSize,
        dropout: Float(settings.dropout), schedule: schedule, using: &generator)
      let logLoss = learner.logLoss(on: heldOut)
      report.epochs.append(
        TrainingReport.Epoch(
          trainLoss: epoch.trainingLoss, heldOutLogLoss: logLoss,
          gradientNorm: epoch.gradientNorm, clipRate: epoch.clipRate,
          learningRate: Double(rate), nonFiniteSteps: epoch.nonFiniteStepCount))
      if logLoss < report.logLossAfter ?? .infinity {
        report.logLossAfter = logLoss
        best = learner
        worse = 0
      } else {
        worse += 1
      }
    }
    learner = best
  }

  private func trainLogistic(
    _ learner: inout Learner, on rows: TrainingRows, using generator: inout Xoshiro
  ) {
    let isIncremental = models.current != nil
    let rate = isIncremental ? 2e-4 : 2e-3
    learner.adam = adam(rate: rate)
    learner.adam.weightDecay = 1e-3
    let epochs = isIncremental ? 1 : 6
    let steps = (rows.count + settings.batchSize - 1) / settings.batchSize
    let schedule =
      isIncremental
      ? LearningRateSchedule.constant
      : .cosine(firstStep: learner.moments.step, stepCount: epochs * steps)
    for _ in 0..<epochs {
      _ = learner.epoch(
        rows: rows.features, labels: rows.labels, weights: rows.weights,
        order: generator.shuffledIndices(count: rows.count), batchSize: settings.batchSize,
        schedule: schedule, using: &generator)
    }
  }

  private func adam(rate: Double) -> Adam {
    var adam = Adam()
    adam.learningRate = Float(rate)
    adam.weightDecay = Float(settings.weightDecay)
    adam.clipNorm = settings.clipNorm.map { Float($0) }
    adam.clipValue = settings.clipValue.map { Float($0) }
    return adam
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

extension Learner {
  /// Mean log-loss of the probabilities, in nats; rows standardised.
  fileprivate func logLoss(on rows: TrainingRows) -> Double {
    let logits = network.logits(of: rows.features)
    var sum = 0.0
    var total = 0.0
    for index in logits.indices {
      let probability = loss.probability(logit: logits[index])
      let weight = Double(rows.weights[index])
      sum += weight * RunningScore.logLoss(probability, rows.labels[index] > 0)
      total += weight
    }
    return total > 0 ? sum / total : 0
  }
}
