import Arithmetic
import NeuralNet

/// How much a full run may take on, so that it ends in time whatever there is to learn from.
///
/// It is counted in work and not by the clock, by what a usual core does in a second: so a run is the same on every
/// machine, live and replayed.
package struct TrainingBudget {
  /// Hours of one stream that may be gone through to make rows.
  package let hours: Int
  /// Rows that may be made of them.
  package let rows: Int

  /// Three fifths of the time are for making rows, the others for passing over them.
  private static let hoursPerSecond = 600_000
  /// Multiplications of a row's features by weights, there and back.
  private static let productsPerSecond = 2e10
  /// With fewer a network is not worth its time.
  private static let rowsMin = 10_000

  /// - Parameter featureCount: Of a row.
  package init(_ settings: TrainingSettings, featureCount: Int) {
    hours = Self.hoursPerSecond * settings.maxSeconds * 3 / 5
    let widths = [featureCount] + settings.hidden + [1]
    let weights = zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    // Each epoch twice: to see how long to train, and with the held-out rows.
    let passes = 2 * settings.epochs
    let products = Self.productsPerSecond * Double(settings.maxSeconds) * 2 / 5
    let affordable = products / (3 * Double(weights) * Double(passes))
    rows = min(settings.maxRows, max(Self.rowsMin, Int(affordable)))
  }

  /// Of more streams a sample, by hash: the same ones in every run, so that what was learned of them is not lost again.
  ///
  /// - Parameter hours: That there are of all.
  package func takes(_ stream: String, ofHours hours: Int) -> Bool {
    let share = Double(self.hours) / Double(max(hours, 1))
    var generator = SplitMix64(seed: LeadChoice.hash(stream))
    return generator.uniform() < share
  }
}
