package import Alerts
package import Forecasting
package import Records

/// What can happen to a `Monitor`.
package enum Event: Sendable {
  /// Lines of one source were read.
  case records(source: Int, batch: RecordBatch, positions: PositionChanges)
  /// The next line to read from a source is of this time, in seconds since the epoch: hours before it may close,
  /// and their results be handed over, before the line is counted.
  case reached(source: Int, time: Int64)
  /// A source has nothing more to read for now.
  case drained(source: Int, positions: PositionChanges)
  /// It is `now`, in seconds since the epoch. After a log was replayed: its last record's time.
  case tick(now: Int64)
  /// The hours before `now` were skipped, for the machine was asleep or its clock was set forward: that
  /// nothing came in them means nothing.
  case timeSkipped(now: Int64)
  /// The streams that were asked for, as they are stored.
  case loaded([String: StoredState.Stream])
  /// The training job that was asked for is done.
  case trained(TrainingOutcome)
  /// The operator asks for a training run now.
  case retrainRequested
  /// The process is about to end: hand over what is not committed.
  case stopping
}

/// What a `Monitor` wants done.
package enum Effect: Sendable {
  /// Store these, in one transaction; then deliver the alerts among them.
  case commit(Changes)
  /// When all before it is stored, read what is stored of these streams, and come back with `.loaded` before
  /// anything more is read from a source.
  case load([String])
  /// Run this beside the loop, and come back with `.trained`.
  case train(TrainingJob)
  /// The status has changed.
  case publish
}

/// What is to be stored since the last commit: positions with the counts they stand for, and all that was
/// learned from them.
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
    /// From which on they were worth an alert; nil: it was not stored.
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

  /// An earlier alert, judged.
  package struct Outcome: Equatable, Sendable {
    package var alert: Alert.ID
    package var outcome: Alert.Outcome

    package init(alert: Alert.ID, outcome: Alert.Outcome) {
      self.alert = alert
      self.outcome = outcome
    }
  }

  /// Requests that are added to those that are stored.
  package var counts: [Count: Int] = [:]
  package var positions = PositionChanges()
  package var forecasts: [Origin] = []
  /// Not stored: forecasts with what came true, for scoring.
  package var judged: [Judged] = []
  /// Of all kinds.
  package var alerts: [Alert] = []
  package var outcomes: [Outcome] = []
  package var reports: [TrainingReport] = []
  /// The networks, if they have changed.
  package var models: Models?
  /// What training runs have changed for the streams that are not among these.
  package var networkChanges: [NetworkChange] = []
  /// The newest training run that had ended when these streams were stored.
  package var runCount = 0
  /// What was learned of each stream that is due to be stored; by stream.
  package var streams: [String: LearnedStream] = [:]
  /// Of the streams that are among these, and at first of all.
  package var terms: [String: StreamTerms] = [:]
  /// The newest request of each stream that had one, in seconds since the epoch.
  package var latestRequests: [String: Int64] = [:]
  /// Streams that left memory, and such as came back.
  package var isDormant: [String: Bool] = [:]
  /// Streams of which nothing is known any more: they go before all else is stored, for one of the same name may have
  /// begun since.
  package var forgotten: Set<String> = []
  /// The first hour of which counts are kept, of streams that had older ones.
  package var firstCounts: [String: Int] = [:]
  /// The changes to the training rows, in order.
  package var trainingRows: [TrainingBuffer.Change] = []
  /// Everything else the monitor remembers, as bytes; empty: as before.
  package var memory: [UInt8] = []

  package init() {}

  /// There are alerts to deliver.
  package var hasAlertsToDeliver: Bool { alerts.contains { $0.suppressed == nil } }

  package var isEmpty: Bool {
    counts.isEmpty && positions.isEmpty && forecasts.isEmpty && alerts.isEmpty
      && outcomes.isEmpty && reports.isEmpty && models == nil && isDormant.isEmpty
      && forgotten.isEmpty
  }
}
