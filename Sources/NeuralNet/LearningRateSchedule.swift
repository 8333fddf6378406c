#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How the learning rate moves over a run, as a multiplier.
package struct LearningRateSchedule: Hashable, Sendable {
  private var firstStep = 0
  private var stepCount = 0
  private var warmUpStepCount = 0
  private var floor: Float = 1

  package static let constant = LearningRateSchedule()

  /// Rises linearly over the warm-up, then falls along half a cosine from 1 to `floor`.
  ///
  /// - Parameter firstStep: The learner's step count when the run begins.
  package static func cosine(
    firstStep: Int, stepCount: Int, warmUpStepCount: Int = 0, floor: Float = 0
  ) -> LearningRateSchedule {
    var schedule = LearningRateSchedule()
    (schedule.firstStep, schedule.stepCount) = (firstStep, stepCount)
    (schedule.warmUpStepCount, schedule.floor) = (warmUpStepCount, floor)
    return schedule
  }

  /// - Parameter step: The learner's steps so far, `firstStep` for the first of the run.
  package func multiplier(atStep step: Int) -> Float {
    let position = step - firstStep
    if position < warmUpStepCount { return Float(position + 1) / Float(warmUpStepCount) }
    guard stepCount > warmUpStepCount else { return floor }
    let progress = Double(position - warmUpStepCount) / Double(stepCount - warmUpStepCount)
    return floor + (1 - floor) * Float((1 + cos(.pi * min(progress, 1))) / 2)
  }
}
