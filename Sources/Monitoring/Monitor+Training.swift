import Forecasting
import Series

extension Monitor {
  /// Whether a training run is due. Decided by the log's hours, not by the clock, so that a replay trains at the same
  /// hours as the daemon. While there is too little to learn from, the baselines forecast alone.
  func isTrainingDue(after hour: Int) -> Bool {
    guard (hour + 1).isMultiple(of: settings.training.everyHours) else { return false }
    return streams.values.contains {
      $0.series.openHour - $0.series.firstHour >= TrainingSchedule.minimumHours
        && $0.series.buckets.count >= TrainingSchedule.minimumActiveHours
    }
  }

  /// Drift leads to a full training run from new initial weights, but at most every four weeks: a stream that cannot be
  /// learned drifts again and again.
  var dueReason: TrainingReport.Reason {
    guard let openHour, let last = training.lastFullHour, openHour - last >= 24 * 28 else {
      return .scheduled
    }
    let threshold = DriftTest.threshold(streamCount: streams.count)
    let hasDrifted = streams.values.contains { $0.forecaster.drift.evidence >= threshold }
    return hasDrifted ? .drift : .scheduled
  }

  mutating func startTraining(
    reason: TrainingReport.Reason, into effects: inout [Effect]
  ) {
    guard !training.isRunning, let openHour else { return }
    let number = training.runCount + 1
    var generator = TrainingJob.generator(number: number, settings.training)
    var job = TrainingJob(
      number: number, reason: reason, endHour: openHour, lastFullEndHour: training.lastFullHour,
      models: models,
      streams: streams.keys.sorted().compactMap { name in
        // A stream whose only lines lie ahead of the open hour has no closed hour to learn from.
        guard let stream = streams[name], stream.series.firstHour < openHour else { return nil }
        return TrainingJob.Stream(
          name: name, series: stream.series, calendar: stream.forecaster.features.calendar)
      },
      forecast: settings.forecast, settings: settings.training)
    // A full run computes its rows from the counts.
    if !job.isFull {
      // Only the series is copied, once per stream; reading it through `streams` would copy a whole stream for each of
      // thousands of rows.
      var series: [String: HourlySeries] = [:]
      job.batch = trainingBuffer.batch(endHour: openHour, using: &generator) { name, hour in
        if series[name] == nil { series[name] = streams[name]?.series }
        return series[name]?.isActive(hour, settings.forecast)
      }
    }
    training.start()
    effects.append(.train(job))
  }

  mutating func adopt(_ outcome: TrainingOutcome, into effects: inout [Effect]) {
    training.finish(outcome.report)
    trainingBuffer.finishRun(endHour: outcome.report.endHour)
    changes.reports.append(outcome.report)
    let isFull = outcome.report.isFull
    let change = NetworkChange(
      number: training.runCount, hour: openHour ?? outcome.report.endHour, isFull: isFull,
      isAdopted: outcome.model != nil, modelsBefore: outcome.model == nil ? nil : models)
    for index in streams.values.indices { streams.values[index].apply(change) }
    changes.networkChanges.append(change)
    if let model = outcome.model {
      models.adopt(model, isNew: isFull)
      changes.models = models
    }
    effects.append(.publish)
  }
}
