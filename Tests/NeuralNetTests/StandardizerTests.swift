import NeuralNet
import Testing

@Suite struct StandardizerTests {
  @Test func columnsGetMeanZeroAndDeviationOne() {
    var rows: [Float] = [1, 1000, 2, 3000, 3, 2000, 6, 6000]
    let standardizer = Standardizer(fitting: rows, featureCount: 2)
    #expect(standardizer.means == [3, 3000])
    standardizer.apply(to: &rows)
    for column in 0..<2 {
      let values = (0..<4).map { Double(rows[2 * $0 + column]) }
      #expect(abs(values.reduce(0, +)) < 1e-6)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 4 - 1) < 1e-6)
    }
  }

  /// Also where the column's mean is not exact in float32, and at any size.
  @Test(arguments: [Float(0), 0.1, 1e4, 1e30, -3.3e38, 1.0e-38])
  func constantColumnBecomesZero(value: Float) {
    var rows = [Float](repeating: value, count: 1_000)
    Standardizer(fitting: rows, featureCount: 1).apply(to: &rows)
    #expect(rows.allSatisfy { $0 == 0 })
  }

  @Test func rareValueIsHeldAtSixDeviations() {
    var rows = [Float](repeating: 0, count: 10_000)
    rows[17] = 1
    Standardizer(fitting: rows, featureCount: 1).apply(to: &rows)
    #expect(rows[17] == 6)
    #expect(rows[18] < 0 && rows[18] > -0.1)
  }

  @Test func valuesThatAreNotFiniteSayNothing() {
    let finite: [Float] = [1, 2, 3, 4]
    let fitted = Standardizer(fitting: finite + [.nan, .infinity, -.infinity], featureCount: 1)
    #expect(fitted == Standardizer(fitting: finite, featureCount: 1))
    var rows: [Float] = [.nan, .infinity, -.infinity, 2.5]
    fitted.apply(to: &rows)
    #expect(rows == [0, 0, 0, 0])
  }

  @Test func columnWithoutAnyFiniteValueBecomesZero() {
    var rows: [Float] = [.nan, .infinity]
    let standardizer = Standardizer(fitting: rows, featureCount: 1)
    standardizer.apply(to: &rows)
    #expect(rows == [0, 0])
    #expect(standardizer.means == [0])
  }

  @Test func noRowsFitToZero() {
    var row: [Float] = [5, -5]
    Standardizer(fitting: [], featureCount: 2).apply(to: &row)
    #expect(row == [0, 0])
  }

  @Test func largestNumbersStayFinite() {
    let largest = Float.greatestFiniteMagnitude
    var rows = [largest, -largest, largest, -largest, 0, .leastNonzeroMagnitude]
    let standardizer = Standardizer(fitting: rows, featureCount: 1)
    standardizer.apply(to: &rows)
    #expect(rows.allSatisfy { $0.isFinite && $0.magnitude <= 6 })
    #expect(rows[0] > 0 && rows[1] < 0)
  }

  @Test func arraysRestoreIt() {
    let fitted = Standardizer(fitting: [1, 2, 3, 4, 5, 60], featureCount: 2)
    #expect(Standardizer(means: fitted.means, deviations: fitted.deviations) == fitted)
  }
}

/// Goal: every processor's vectors give the same bits as one number after the other. Method: rows of many widths, with
/// numbers that are none, columns that do not vary, and a row behind them that must stay as it is.
@Test(arguments: InstructionSet.available)
func rowsAreStandardisedAlikeByEveryInstructionSet(set: InstructionSet) {
  for width in 1...70 {
    let deviations = (0..<width).map { $0 % 5 == 3 ? Float(0) : Float($0 % 7) * 0.37 + 0.1 }
    let standardizer = Standardizer(
      means: (0..<width).map { Float($0) - 3.3 }, deviations: deviations)
    var rows = (0..<3 * width).map { Float($0 * $0 % 41) - 17.7 }
    rows[width / 2] = .nan
    rows[width] = -.infinity
    rows[2 * width - 1] = 3e38
    let before = rows
    var span = rows.mutableSpan
    standardizer.apply(to: &span, rowCount: 2, on: set)
    for (place, value) in before.enumerated() {
      let column = place % width
      let scaled = (value - standardizer.means[column]) / deviations[column]
      let expected =
        place >= 2 * width
        ? value : value.isFinite && deviations[column] > 0 ? min(max(scaled, -6), 6) : 0
      #expect(rows[place].bitPattern == expected.bitPattern, "\(width), \(place)")
    }
  }
}
