import Forecasting
import Series

/// When a network is trained, and from what.
extension Monitor {
  /// Whether a training run is due. Decided by the log's hours, not by the clock, so that a replay trains at the same
  /// hours as the daemon. While there is too little to learn from, the baselines forecast alone.
  func isTrainingDue(after hour: Int) -> Bool {
    guard (hour + 1).isMultiple(of: settings.training.everyHours) else { return false }
    return table.resident.values.contains {
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
    let threshold = DriftTest.threshold(streamCount: table.resident.count)
    let hasDrifted = table.resident.values.contains { $0.digest.driftEvidence >= threshold }
    return hasDrifted ? .drift : .scheduled
  }

  func trainingJob(_ reason: TrainingReport.Reason, endHour: Int) -> TrainingJob {
    let number = training.runCount + 1
    var generator = TrainingJob.generator(number: number, settings.training)
    let streams = table.resident
    var job = TrainingJob(
      number: number, reason: reason, endHour: endHour, lastFullEndHour: training.lastFullHour,
      models: models,
      streams: streams.keys.sorted().compactMap { name in
        // A stream whose only lines lie ahead of the open hour has no closed hour to learn from.
        guard let stream = streams[name], stream.series.firstHour < endHour else { return nil }
        return TrainingJob.Stream(
          name: name, series: stream.series, calendar: settings.calendar(source: stream.source))
      },
      forecast: settings.forecast, settings: settings.training)
    // A full run computes its rows from the counts.
    guard !job.isFull else { return job }
    // Only the series is copied, once per stream; reading it through `streams` would copy a whole stream for each of
    // thousands of rows.
    var series: [String: HourlySeries] = [:]
    job.batch = table.trainingRows.batch(endHour: endHour, using: &generator) { name, hour in
      if series[name] == nil { series[name] = streams[name]?.series }
      return series[name]?.isActive(hour, settings.forecast)
    }
    return job
  }
}
