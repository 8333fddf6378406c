import Arithmetic
import Glibc
package import Series

/// Corrects one forecaster by others, online and for each lead: z' = z + bias + Σ weightₖ · (zₖ − z), all in logits.
///
/// The weights begin at 0, where it says what the forecaster says, and move by Newton steps on the log-loss
/// with a ridge around 0; what was learned fades with a half-life of a year. With the base rate as the only
/// other it recalibrates: a slope towards the base rate, and a shift.
///
/// - Source: Wolpert, "Stacked generalization", Neural Networks 5 (1992); Platt, "Probabilistic outputs for
///   support vector machines", 1999.
package struct Stacking: Equatable, Sendable {
  private let ridge: Double
  private let horizon: Int
  /// How many weights a lead has: that of the bias, then one for each other.
  private let width: Int
  /// `[lead][input]`, the bias first; empty as long as nothing was learned. With sixteen significant bits: they move by
  /// more.
  private var weights: [Float] = []
  /// The ridge and the sum of the squared gradients, `[leads][row ≥ column]`: the matrix is symmetric. Neighbouring leads,
  /// which are much alike, share the mean of theirs, in single precision: it would be most of what is kept of a stream's
  /// experts.
  private var curvature: [Float] = []

  private static let leadsTogether = 4

  private static let memoryPerHour = exp2(-1.0 / (24 * 365))
  /// No expert is that far from another but in error.
  private static let differenceMax = 6.0

  /// - Parameters:
  ///   - otherCount: How many others there are.
  ///   - ridge: The prior precision of each weight: as if that much curvature had been seen at 0.
  ///   - horizon: The largest lead.
  package init(otherCount: Int, ridge: Double, horizon: Int) {
    self.ridge = ridge
    self.horizon = horizon
    width = otherCount + 1
  }

  private mutating func begin() {
    weights = Array(repeating: 0, count: horizon * width)
    let triangle = (0..<width).flatMap { row in (0...row).map { $0 == row ? Float(ridge) : 0 } }
    curvature.reserveCapacity(curvatureCount)
    for _ in 0..<curvatureCount / triangle.count { curvature += triangle }
  }

  private var curvatureCount: Int {
    (horizon + Self.leadsTogether - 1) / Self.leadsTogether * triangleCount
  }

  /// Goes back to the beginning.
  package mutating func forget() {
    guard !weights.isEmpty else { return }
    self = Stacking(otherCount: width - 1, ridge: ridge, horizon: horizon)
  }

  /// - Parameters:
  ///   - probability: Of the forecaster that is corrected.
  ///   - others: Probabilities of the others.
  package func predictOne(_ probability: Double, others: [Double], lead: Int) -> Double {
    guard !weights.isEmpty else { return Mixture.clamp(probability) }
    let base = Self.clampedLogit(probability)
    return sigmoid(corrected(base, inputs(base, others), lead))
  }

  package mutating func learnOne(
    _ probability: Double, others: [Double], lead: Int, active: Bool
  ) {
    if weights.isEmpty { begin() }
    let base = Self.clampedLogit(probability)
    let inputs = inputs(base, others)
    let predicted = sigmoid(corrected(base, inputs, lead))
    let error = predicted - (active ? 1 : 0)
    let slope = max(predicted * (1 - predicted), 1e-5)
    let fading = 1 - Self.memoryPerHour
    let firstWeight = (lead - 1) * width
    let group = (lead - 1) / Self.leadsTogether
    let part = 1 / Double(min(Self.leadsTogether, horizon - group * Self.leadsTogether))
    var gradient = inputs
    var lower: [Double] = []
    lower.reserveCapacity(triangleCount)
    var index = group * triangleCount
    for row in 0..<width {
      for column in 0...row {
        let known = Double(curvature[index])
        var change = slope * inputs[row] * inputs[column] - fading * known
        if column == row { change += ridge * fading }
        let value = known + part * change
        curvature[index] = Float(value)
        lower.append(value)
        index += 1
      }
      gradient[row] = error * inputs[row] + ridge * fading * Double(weights[firstWeight + row])
    }
    Self.solve(&lower, &gradient)
    for row in 0..<width {
      let moved = Float(Double(weights[firstWeight + row]) - gradient[row])
      weights[firstWeight + row] = moved.inSixteenBits
    }
  }

  private var triangleCount: Int { width * (width + 1) / 2 }

  private func inputs(_ base: Double, _ others: [Double]) -> [Double] {
    var inputs = [1.0]
    inputs.reserveCapacity(width)
    for other in others {
      let difference = Self.clampedLogit(other) - base
      inputs.append(min(max(difference, -Self.differenceMax), Self.differenceMax))
    }
    return inputs
  }

  private func corrected(_ base: Double, _ inputs: [Double], _ lead: Int) -> Double {
    let first = (lead - 1) * width
    return inputs.indices.reduce(base) { $0 + Double(weights[first + $1]) * inputs[$1] }
  }

  /// Solves matrix · x = `solution` in place, by Cholesky; the ridge keeps the matrix positive definite.
  ///
  /// - Parameter lower: `[row ≥ column]` of the matrix; its factor afterwards, with the inverses of its diagonal.
  private static func solve(_ lower: inout [Double], _ solution: inout [Double]) {
    let count = solution.count
    for row in 0..<count {
      let start = row * (row + 1) / 2
      var solved = solution[row]
      for column in 0..<row {
        let other = column * (column + 1) / 2
        var sum = lower[start + column]
        for inner in 0..<column { sum -= lower[start + inner] * lower[other + inner] }
        // What is on the diagonal is kept as its inverse.
        sum *= lower[other + column]
        lower[start + column] = sum
        solved -= sum * solution[column]
      }
      var square = lower[start + row]
      for inner in 0..<row { square -= lower[start + inner] * lower[start + inner] }
      lower[start + row] = 1 / max(square, 1e-12).squareRoot()
      solution[row] = solved * lower[start + row]
    }
    for row in (0..<count).reversed() {
      let start = row * (row + 1) / 2
      solution[row] *= lower[start + row]
      for column in 0..<row { solution[column] -= lower[start + column] * solution[row] }
    }
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
    weights = try reader.readArray(of: Float.self)
    let isEmpty = weights.isEmpty
    curvature = try reader.readArray(of: Float.self, count: isEmpty ? 0 : curvatureCount)
    guard isEmpty || weights.count == horizon * width,
      (weights + curvature).allSatisfy(\.isFinite)
    else { throw ByteReader.Damaged() }
  }
}
