/// What is forecast, the label and the horizon, and with what before anything is learned.
package struct ForecastSettings: Equatable, Sendable {
  /// Forecasts are made for the leads 1 … `horizonHours`.
  package var horizonHours = 24
  /// The longest that the settings allow.
  package static let horizonHoursMax = 168
  /// An hour with at least this many requests is active.
  package var minRequests = 1
  /// An activity lasts this many hours: itself and the ones after it.
  package var holdHours = 1
  /// Dates that are treated as Sundays, as days since 1970-01-01 in the stream's time zone.
  package var holidays: Set<Int> = []
  /// What also forecasts young streams; nil: nothing does.
  package var pretrained = PretrainedModel.shipped

  package init() {}
}

/// How the network is trained.
package struct TrainingSettings: Equatable, Sendable {
  /// How much more the loss of an active hour weighs than that of an idle one.
  package enum Penalty: Equatable, Sendable {
    /// The loss of an active hour counts this many times.
    case weight(Double)
    /// As many times as there are idle hours for an active one.
    case balanced
  }

  /// Hours between two scheduled runs.
  package var everyHours = 6
  package var penalty = Penalty.weight(10)
  /// Widths of the hidden layers.
  package var hidden = [100, 100, 100]
  /// Of Adam.
  package var learningRate = 5e-4
  /// At most; smaller where there is little data.
  package var batchSize = 256
  /// At most this many passes over the rows in a first run.
  package var epochs = 2
  /// EpochRunner without improvement on the held-out slice before a run ends.
  package var patience = 2
  /// Up to three times as much where there is little data.
  package var dropout = 0.1
  /// What each step takes off a weight, as a share of the learning rate.
  package var weightDecay = 0.3
  /// Largest norm of the whole gradient; nil: not clipped.
  package var clipNorm: Double? = 1
  /// Largest magnitude of one element of the gradient; nil: not clipped.
  package var clipValue: Double?
  /// Only hours this recent are learned from.
  package var historyDays = 730
  /// At most this many rows in one run.
  package var maxRows = 600_000
  /// About what a run may take, in work of so many seconds: see `TrainingBudget`.
  package var maxSeconds = 60
  package var seed: UInt64 = 1

  package init() {}
}
