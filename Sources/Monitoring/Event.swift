package import Alerts
package import Forecasting
package import Records

/// What can happen to a `Monitor`.
package enum Event: Sendable {
  /// Lines of one source were read.
  case records(source: Int, batch: RecordBatch, positions: PositionChanges)
  /// The next line of a source has this time, in seconds since the epoch: earlier hours may close, and their results be
  /// committed, before the line is counted.
  case reached(source: Int, time: Int64)
  /// A source has nothing more to read for now.
  case drained(source: Int, positions: PositionChanges)
  /// It is `now`, in seconds since the epoch. After a log was replayed: its last record's time. The sources of `unread`
  /// have lines that are not read yet: until the next tick no hour closes past their watermarks.
  case tick(now: Int64, unread: [Int] = [])
  /// The hours before `now` were not observed, because the machine was asleep or its clock was set forward: that they
  /// are idle is no evidence of anything.
  case timeSkipped(now: Int64)
  /// The stored streams that `Effect.load` asked for.
  case loaded([String: StoredState.Stream])
  /// The training job of `Effect.train` has ended.
  case trained(TrainingOutcome)
  /// The operator requests a training run.
  case retrainRequested
  /// The process is about to end: commit everything that is not committed yet, and what was learned of some thousand
  /// streams. While `Monitor.isSavingDue`, others have changed since they were stored, and the event may be sent again; a
  /// restart closes the hours since then again of those that are not stored.
  case stopping
}

/// What a `Monitor` asks its caller to do.
package enum Effect: Sendable {
  /// Store these, in one transaction; then deliver the alerts among them.
  case commit(Changes)
  /// After all earlier commits are stored, read these streams from the state and send `.loaded`, before anything more
  /// is read from a source.
  case load([String])
  /// Run this job beside the loop, then send `.trained`.
  case train(TrainingJob)
  /// The status has changed.
  case publish
}

/// What has changed since the last commit: positions, the counts of the lines before them, and what was learned from
/// those.
package struct Changes: Equatable, Sendable {
  /// Requests added, by stream and hour.
  package struct Count: Hashable, Sendable {
    package var stream: String
    package var hour: Int

    package init(stream: String, hour: Int) {
      self.stream = stream
      self.hour = hour
    }
  }

  /// The forecasts of one stream at the end of an hour.
  package struct Origin: Equatable, Sendable {
    package var stream: String
    /// The hour at whose end these were made.
    package var hour: Int
    /// By lead, from 1.
    package var probabilities: [Double]
    /// The least probability that was worth an alert; nil if it was not stored.
    package var threshold: Double?

    package init(stream: String, hour: Int, probabilities: [Double], threshold: Double? = nil) {
      self.stream = stream
      self.hour = hour
      self.probabilities = probabilities
      self.threshold = threshold
    }
  }

  package struct Judged: Equatable, Sendable {
    package var stream: String
    package var forecasts: [JudgedForecast]

    package init(stream: String, forecasts: [JudgedForecast]) {
      self.stream = stream
      self.forecasts = forecasts
    }
  }

  /// The outcome of an earlier alert.
  package struct Outcome: Equatable, Sendable {
    package var alert: Alert.ID
    /// The hour that the alert is about.
    package var hour: Int
    package var outcome: Alert.Outcome

    package init(alert: Alert.ID, hour: Int, outcome: Alert.Outcome) {
      self.alert = alert
      self.hour = hour
      self.outcome = outcome
    }
  }

  /// Requests to add to the stored counts.
  package var counts: [Count: Int] = [:]
  package var positions = PositionChanges()
  package var forecasts: [Origin] = []
  /// Earlier forecasts of hours that are now closed, with their outcomes; for scoring, not stored.
  package var judged: [Judged] = []
  /// Of all kinds.
  package var alerts: [Alert] = []
  package var outcomes: [Outcome] = []
  package var reports: [TrainingReport] = []
  /// The networks, if they have changed.
  package var models: Models?
  /// What training runs have changed for streams that are not stored with this commit.
  package var networkChanges: [NetworkChange] = []
  /// The newest training run that had ended when these streams were stored.
  package var runCount = 0
  /// What was learned of each stream that is stored with this commit, by stream.
  package var streams: [String: LearnedStream] = [:]
  /// The settings of the streams in `streams`; in the first commit of a process, those of all streams.
  package var terms: [String: StreamTerms] = [:]
  /// The newest request of each stream that had one, in seconds since the epoch.
  package var latestRequests: [String: Int64] = [:]
  /// True for streams that were evicted from memory, false for streams that were loaded again.
  package var isDormant: [String: Bool] = [:]
  /// Streams to delete. They are deleted before anything else is stored, because a new stream of the same name may
  /// exist already.
  package var forgotten: Set<String> = []
  /// For streams whose old counts are deleted, the first hour whose count is kept.
  package var firstCounts: [String: Int] = [:]
  /// The changes to the training rows, in order.
  package var trainingRows: [TrainingBuffer.Change] = []
  /// Everything else that a monitor needs to continue, as bytes; empty if unchanged.
  package var memory: [UInt8] = []

  package init() {}

  /// Whether there are alerts to deliver.
  package var hasAlertsToDeliver: Bool { alerts.contains { $0.suppressed == nil } }

  package var isEmpty: Bool {
    counts.isEmpty && positions.isEmpty && forecasts.isEmpty && alerts.isEmpty
      && outcomes.isEmpty && reports.isEmpty && models == nil && isDormant.isEmpty
      && forgotten.isEmpty
  }
}
