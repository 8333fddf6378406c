internal import CNeuralKernels

/// Brings each column to mean 0 and deviation 1, and holds it within ±6.
///
/// A column that does not vary becomes 0 everywhere. A value that is not finite says nothing: it is
/// left out of the fit, and becomes 0, the column's mean, when applied.
package struct Standardizer: Equatable, Sendable {
  /// In standard deviations.
  package static let limit: Float = 6

  /// `[featureCount]`.
  package let means: [Float]
  /// `[featureCount]`; 0 for a column that does not vary.
  package let deviations: [Float]

  package var featureCount: Int { means.count }

  /// - Parameter means, deviations: `[featureCount]`, finite, deviations not below zero.
  package init(means: [Float], deviations: [Float]) {
    precondition(means.count == deviations.count, "one deviation for each mean")
    precondition(means.allSatisfy(\.isFinite), "means are finite")
    precondition(deviations.allSatisfy { $0.isFinite && $0 >= 0 }, "deviations are finite")
    self.means = means
    self.deviations = deviations
  }

  /// Fits to rows, in double precision and two passes, so that 1e30 beside 1e-30 is no trouble.
  ///
  /// - Parameter rows: `[rowCount × featureCount]`, row after row.
  package init(fitting rows: [Float], featureCount: Int) {
    precondition(featureCount > 0 && rows.count % featureCount == 0, "whole rows")
    self.init(featureCount: featureCount, rowCount: rows.count / featureCount) { index, row in
      for column in 0..<featureCount { row[column] = rows[index * featureCount + column] }
    }
  }

  /// The same for rows that are made as they are needed, each of them twice.
  ///
  /// - Parameter fill: Writes the row of this number, `[featureCount]`.
  package init(
    featureCount: Int, rowCount: Int, fill: (_ number: Int, _ row: inout MutableSpan<Float>) -> Void
  ) {
    var row = [Float](repeating: 0, count: featureCount)
    func forEachFinite(_ body: (_ column: Int, _ value: Double) -> Void) {
      for number in 0..<rowCount {
        var span = row.mutableSpan
        fill(number, &span)
        for column in 0..<featureCount where row[column].isFinite {
          body(column, Double(row[column]))
        }
      }
    }
    var counts = [Double](repeating: 0, count: featureCount)
    var means = counts
    var squares = counts
    forEachFinite { column, value in
      counts[column] += 1
      means[column] += value
    }
    for column in 0..<featureCount { means[column] /= max(counts[column], 1) }
    forEachFinite { column, value in
      let difference = value - means[column]
      squares[column] += difference * difference
    }
    self.means = means.map(Float.init)
    self.deviations = (0..<featureCount).map { column in
      let deviation = (squares[column] / max(counts[column], 1)).squareRoot()
      // Below the rounding of the mean it is noise, and dividing by it would make noise loud.
      return deviation > means[column].magnitude * 1e-6 ? Float(deviation) : 0
    }
  }

  /// - Parameter rows: `[rowCount × featureCount]`, row after row; standardised in place.
  package func apply(to rows: inout [Float], on instructionSet: InstructionSet = .current) {
    precondition(rows.count % max(featureCount, 1) == 0, "whole rows")
    let rowCount = rows.count / max(featureCount, 1)
    var span = rows.mutableSpan
    apply(to: &span, rowCount: rowCount, on: instructionSet)
  }

  /// - Parameters:
  ///   - rows: Row after row; the first are standardised in place.
  ///   - rowCount: How many.
  package func apply(
    to rows: inout MutableSpan<Float>, rowCount: Int, on instructionSet: InstructionSet = .current
  ) {
    precondition(rowCount >= 0 && rowCount * featureCount <= rows.count, "whole rows")
    rows.withUnsafeMutableBufferPointer { rows in
      means.withUnsafeBufferPointer { means in
        deviations.withUnsafeBufferPointer { deviations in
          guard let first = rows.baseAddress, let mean = means.baseAddress,
            let deviation = deviations.baseAddress
          else { return }
          instructionSet.kernels.standardize(
            first, rowCount, featureCount, mean, deviation, Self.limit)
        }
      }
    }
  }
}
