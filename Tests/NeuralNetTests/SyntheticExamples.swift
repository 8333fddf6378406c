import NeuralNet
import Testing

/// A year of hours in small: normal features, of which the first two say when an hour is active.
struct SyntheticExamples {
  var rows: [Float]
  var labels: [Float]
  let inputCount: Int

  init(count: Int, inputCount: Int, seed: UInt64 = 1) {
    var generator = Xoshiro(seed: seed)
    self.inputCount = inputCount
    let rows = (0..<count * inputCount).map { _ in Float(generator.normal()) }
    labels = (0..<count).map { row in
      let hint = rows[row * inputCount] + (inputCount > 1 ? rows[row * inputCount + 1] : 0)
      return hint + Float(generator.normal()) > 2 ? 1 : 0
    }
    self.rows = rows
  }

  var inOrder: [Int32] { labels.indices.map(Int32.init) }

  func batch(_ indices: Range<Int>, weights: [Float]? = nil) -> Batch {
    Batch(rows: rows, labels: labels, weights: weights, indices: indices.map(Int32.init))
  }

  func row(_ index: Int) -> [Float] {
    Array(rows[index * inputCount..<(index + 1) * inputCount])
  }
}

extension Learner {
  /// An epoch over examples in their order.
  @discardableResult
  mutating func learn(
    _ examples: SyntheticExamples, weights: [Float]? = nil, batchSize: Int = 32,
    dropout: Float = 0, on set: InstructionSet = .best, seed: UInt64 = 0
  ) -> EpochReport {
    var generator = Xoshiro(seed: seed)
    return epoch(
      rows: examples.rows, labels: examples.labels, weights: weights, order: examples.inOrder,
      batchSize: batchSize, dropout: dropout, on: set, using: &generator)
  }
}

/// The largest difference between two lists of numbers.
func distance(_ values: [Float], _ others: [Double]) -> Double {
  precondition(values.count == others.count)
  return zip(values, others).map { abs(Double($0) - $1) }.max() ?? 0
}

// A failed comparison names the value instead of listing its thousands of numbers.
extension Network: CustomTestStringConvertible {
  package var testDescription: String { "network \(shape.hidden)" }
}

extension AdamMoments: CustomTestStringConvertible {
  package var testDescription: String { "moments after \(step) steps" }
}

extension Learner: CustomTestStringConvertible {
  package var testDescription: String { "learner after \(moments.step) steps" }
}
