/// What one training run did, and whether its network is used.
package struct TrainingReport: Equatable, Codable, Sendable {
  /// What a training run was started by.
  package enum Reason: String, Codable, Sendable {
    case scheduled
    /// By SIGUSR1.
    case requested
    /// The baselines know a stream better than the network does.
    case drift
  }

  package struct Epoch: Equatable, Codable, Sendable {
    /// Mean over the rows, as each batch met them, in nats; an active hour counts `penalty` times.
    package var trainLoss: Double
    /// Mean log-loss of the probabilities on the held-out slice, in nats.
    package var heldOutLogLoss: Double
    /// Mean over the steps, before clipping.
    package var gradientNorm: Double
    /// Share of the steps that were clipped.
    package var clipRate: Double
    /// Of the epoch, by the schedule.
    package var learningRate: Double
    /// Steps undone because the loss or a gradient was not finite.
    package var nonFiniteSteps: Int
  }

  /// Whether the model of a run was adopted, and why not.
  package enum Verdict: String, Codable, Sendable {
    case adopted
    /// The network in use does better on the held-out slice.
    case noBetter = "no better"
    case tooLittleData = "too little data"
    /// The loss was not finite again and again.
    case diverged
    /// The network was to stay as it is.
    case skipped
  }

  /// From 1, counted over restarts.
  package var number: Int
  package var reason: Reason
  /// Begun anew with all hours, or going on with the new ones.
  package var isFull: Bool
  /// The first hour it knew nothing of.
  package var endHour: Int
  package var rowCount = 0
  package var heldOutCount = 0
  package var epochs: [Epoch] = []
  /// Mean log-loss on the held-out slice of the network in use; nil if there was none.
  package var logLossBefore: Double?
  /// The same of the new network; nil if it has none, for nothing was trained.
  package var logLossAfter: Double?
  package var verdict = Verdict.tooLittleData
  /// Filled in by the caller, who has a clock; 0 before.
  package var durationSeconds = 0.0

  package init(number: Int, reason: Reason, isFull: Bool, endHour: Int) {
    self.number = number
    self.reason = reason
    self.isFull = isFull
    self.endHour = endHour
  }

  package var isAdopted: Bool { verdict == .adopted }
}
