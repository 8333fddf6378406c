import Arithmetic
import Glibc
package import Series

/// Corrects one forecaster by others, online: z' = z + bias + Σ weightₖ · (zₖ − z), all in logits.
///
/// The weights begin at 0, where it says what the forecaster says, and move by Newton steps on the log-loss
/// with a ridge around 0; what was learned fades with a half-life of a year. With the base rate as the only
/// other it recalibrates: a slope towards the base rate, and a shift.
///
/// - Source: Wolpert, "Stacked generalization", Neural Networks 5 (1992); Platt, "Probabilistic outputs for
///   support vector machines", 1999.
package struct Stacking: Equatable, Sendable {
  private let ridge: Double
  /// The bias first.
  private var weights: [Double]
  /// The ridge and the sum of the squared gradients, `[input][input]`.
  private var curvature: [Double]

  private static let memoryPerHour = exp2(-1.0 / (24 * 365))
  /// No expert is that far from another but in error.
  private static let differenceMax = 6.0

  /// - Parameters:
  ///   - otherCount: How many others there are.
  ///   - ridge: The prior precision of each weight: as if that much curvature had been seen at 0.
  package init(otherCount: Int, ridge: Double) {
    self.ridge = ridge
    weights = Array(repeating: 0, count: otherCount + 1)
    curvature = Array(repeating: 0, count: weights.count * weights.count)
    for index in weights.indices { curvature[index * (weights.count + 1)] = ridge }
  }

  /// - Parameters:
  ///   - probability: Of the forecaster that is corrected.
  ///   - others: Probabilities of the others.
  package func predictOne(_ probability: Double, others: [Double]) -> Double {
    let base = Self.clampedLogit(probability)
    return sigmoid(corrected(base, inputs(base, others)))
  }

  package mutating func learnOne(_ probability: Double, others: [Double], active: Bool) {
    let base = Self.clampedLogit(probability)
    let inputs = inputs(base, others)
    let predicted = sigmoid(corrected(base, inputs))
    let error = predicted - (active ? 1 : 0)
    let slope = max(predicted * (1 - predicted), 1e-5)
    let fading = 1 - Self.memoryPerHour
    let count = weights.count
    var gradient = [Double](repeating: 0, count: count)
    for row in 0..<count {
      for column in 0..<count {
        let index = row * count + column
        curvature[index] =
          curvature[index] * Self.memoryPerHour + slope * inputs[row] * inputs[column]
      }
      curvature[row * (count + 1)] += ridge * fading
      gradient[row] = error * inputs[row] + ridge * fading * weights[row]
    }
    let step = solve(gradient)
    for index in weights.indices { weights[index] -= step[index] }
  }

  private func inputs(_ base: Double, _ others: [Double]) -> [Double] {
    [1]
      + others.map {
        min(max(Self.clampedLogit($0) - base, -Self.differenceMax), Self.differenceMax)
      }
  }

  private func corrected(_ base: Double, _ inputs: [Double]) -> Double {
    zip(weights, inputs).reduce(base) { $0 + $1.0 * $1.1 }
  }

  /// Curvature⁻¹ · gradient, by Cholesky; the ridge keeps the curvature positive definite.
  private func solve(_ gradient: [Double]) -> [Double] {
    let count = gradient.count
    var lower = curvature
    var solution = gradient
    for row in 0..<count {
      for column in 0...row {
        var sum = lower[row * count + column]
        for inner in 0..<column {
          sum -= lower[row * count + inner] * lower[column * count + inner]
        }
        lower[row * count + column] =
          row == column ? max(sum, 1e-12).squareRoot() : sum / lower[column * (count + 1)]
      }
      for inner in 0..<row { solution[row] -= lower[row * count + inner] * solution[inner] }
      solution[row] /= lower[row * (count + 1)]
    }
    for row in (0..<count).reversed() {
      for inner in row + 1..<count { solution[row] -= lower[inner * count + row] * solution[inner] }
      solution[row] /= lower[row * (count + 1)]
    }
    return solution
  }

  /// Finite also where a probability is 0 or 1.
  private static func clampedLogit(_ probability: Double) -> Double {
    logit(Mixture.clamp(probability))
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(weights)
    writer.write(curvature)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    weights = try reader.readArray(of: Double.self, count: weights.count)
    curvature = try reader.readArray(of: Double.self, count: curvature.count)
    guard (weights + curvature).allSatisfy(\.isFinite) else { throw ByteReader.Damaged() }
  }
}
