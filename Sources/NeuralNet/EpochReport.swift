/// What happened in an epoch.
package struct EpochReport: Equatable, Sendable {
  /// Steps that were taken.
  package internal(set) var stepCount = 0
  /// Steps that were not, because loss or gradient was not finite.
  package internal(set) var nonFiniteStepCount = 0
  /// Steps whose gradient was clipped.
  package internal(set) var clippedStepCount = 0
  var lossSum = 0.0
  var exampleCount = 0
  var gradientNormSum = 0.0

  /// Mean over the examples, each as its batch met it; 0 if no step was taken.
  package var trainingLoss: Double { lossSum / Double(max(exampleCount, 1)) }
  /// Mean over the steps, before clipping.
  package var gradientNorm: Double { gradientNormSum / Double(max(stepCount, 1)) }
  /// Share of the steps, in 0…1.
  package var clipRate: Double { Double(clippedStepCount) / Double(max(stepCount, 1)) }
}
