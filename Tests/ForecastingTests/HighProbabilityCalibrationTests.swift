import Arithmetic
import Forecasting
import Foundation
import Series
import TestSupport
import Testing

/// Goal: high probabilities become what they say, and others stay. Method: a forecaster that is told the true logit, bent
/// beyond 0.4, and outcomes drawn by the true one.
@Suite struct HighProbabilityCalibrationTests {
  private static let start = logit(0.4)

  /// Log-loss over the second half of what was said above 0.4, as it was said and as it was calibrated, and the
  /// calibration error of both.
  private struct Result {
    var said = ScoredForecasts()
    var calibrated = ScoredForecasts()
  }

  /// - Parameter slope: By which true logits beyond 0.4 are steeper than what is said.
  private static func result(slope: Double, seed: UInt64) -> Result {
    var chance = Chance(seed: seed)
    var calibration = HighProbabilityCalibration()
    var result = Result()
    for hour in 0..<4_000 {
      let z = -2 + 5 * Double(chance.integer(in: 0...1_000)) / 1_000
      let truth = z > start ? start + slope * (z - start) : z
      let active = chance.happens(sigmoid(truth))
      let calibrated = calibration.predictOne(sigmoid(z))
      if z <= start { #expect(calibrated == sigmoid(z)) }
      if hour >= 2_000 {
        result.said.append(sigmoid(z), active: active, hour: hour)
        result.calibrated.append(calibrated, active: active, hour: hour)
      }
      calibration.learnOne([sigmoid(z)], active: active, activeHours: 500)
    }
    return result
  }

  @Test(arguments: [0.5, 2], [1, 2, 3] as [UInt64])
  func bentProbabilitiesAreMadeRight(slope: Double, seed: UInt64) throws {
    let result = Self.result(slope: slope, seed: seed)
    #expect(result.calibrated.skill(against: result.said) > 0.005)
    let before = try #require(result.said.highCalibrationError)
    let after = try #require(result.calibrated.highCalibrationError)
    #expect(before > 0.05 && after < 0.6 * before)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func rightProbabilitiesStay(seed: UInt64) {
    let result = Self.result(slope: 1, seed: seed)
    #expect(result.calibrated.skill(against: result.said) > -0.002)
  }

  /// However many nights a job has come: higher stays higher, and nothing is certain.
  @Test func successesMakeNothingCertain() {
    var calibration = HighProbabilityCalibration()
    let said = Array(repeating: 0.95, count: 24)
    for _ in 0..<2_000 { calibration.learnOne(said, active: true, activeHours: 500) }
    expectRising(calibration)
    #expect(calibration.predictOne(0.95) > 0.99 && calibration.predictOne(0.999_999) < 1)
    for _ in 0..<100 { calibration.learnOne(said, active: false, activeHours: 500) }
    expectRising(calibration)
    #expect(calibration.predictOne(0.95) < 0.8)
  }

  private func expectRising(_ calibration: HighProbabilityCalibration) {
    let calibrated = stride(from: 0.01, to: 1, by: 0.01).map { calibration.predictOne($0) }
    for (lower, higher) in zip(calibrated, calibrated.dropFirst()) { #expect(lower < higher) }
  }

  @Test func firstWeeksTeachNothing() {
    var calibration = HighProbabilityCalibration()
    for hour in 0..<100 { calibration.learnOne([0.9], active: false, activeHours: hour) }
    #expect(calibration == HighProbabilityCalibration())
  }

  @Test func whatWasLearnedIsStored() throws {
    var calibration = HighProbabilityCalibration()
    for hour in 0..<200 {
      calibration.learnOne([0.6, 0.7], active: hour % 3 != 0, activeHours: 500)
    }
    var writer = ByteWriter()
    calibration.write(to: &writer)
    var copy = HighProbabilityCalibration()
    var reader = ByteReader(writer.bytes)
    try copy.read(from: &reader)
    #expect(copy == calibration)
    for damaged in [(Double.nan, 3.0), (5, 3), (0, 0), (0, .infinity)] {
      var writer = ByteWriter()
      writer.write(damaged.0)
      writer.write(damaged.1)
      var reader = ByteReader(writer.bytes)
      #expect(throws: ByteReader.Damaged.self) { try copy.read(from: &reader) }
    }
  }
}
