import Arithmetic
import Foundation
import Testing

@Suite struct ArithmeticTests {
  @Test(arguments: [
    ("", 0xcbf2_9ce4_8422_2325 as UInt64), ("a", 0xaf63_dc4c_8601_ec8c),
    ("foobar", 0x8594_4171_f739_67e8),
  ])
  func fnv1aGivesThePublishedHashes(text: String, hash: UInt64) {
    #expect(FNV1a(text.utf8).value == hash)
  }

  @Test func hexadecimalHasSixteenDigits() {
    #expect(FNV1a(0xab).hexadecimal == "00000000000000ab")
  }

  /// The first numbers of the generator's published reference program with seed 1234567.
  @Test func splitMixGivesThePublishedNumbers() {
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<3).map { _ in generator.next() }
    #expect(
      numbers == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test(arguments: [0, 1e-12, 0.3, 1, 17.3, 4_095.5] as [Float])
  func smallNumbersAreKeptToTwoDigits(number: Float) {
    #expect(abs(SmallNumber<6>(nearest: number).value - number) <= number / 64)
    var draws = SplitMix64(seed: 1)
    for _ in 0..<100 {
      let drawn = draws.next()
      #expect(abs(SmallNumber<6>(number, drawn: drawn).value - number) <= number / 32)
      // By the same draw no order is turned round.
      #expect(
        SmallNumber<6>(number, drawn: drawn).value
          <= SmallNumber<6>(number * 1.001, drawn: drawn).value)
    }
  }

  @Test(arguments: [-1, .nan, -.infinity, 0x1p-60] as [Float])
  func whatIsNoSmallNumberIsZero(number: Float) {
    #expect(SmallNumber<6>(nearest: number) == .zero)
    #expect(SmallNumber<6>(number, drawn: .max) == .zero)
  }

  @Test(arguments: [1e9, .infinity] as [Float])
  func whatIsTooLargeIsTheLargest(number: Float) {
    #expect(SmallNumber<6>(number, drawn: 0).value > 8_000)
  }

  /// Steps of a hundredth of the last digit: rounded to the nearest, the sum would stay where it was.
  @Test func smallStepsAddUp() {
    var draws = SplitMix64(seed: 2)
    var sum = SmallNumber<6>(nearest: 1)
    for _ in 0..<10_000 { sum = SmallNumber<6>(sum.value + 1e-4, drawn: draws.next()) }
    #expect(abs(sum.value - 2) < 0.4)
  }

  @Test(arguments: [0, 1e-30, 0.1, -3.7, 1e30] as [Float])
  func sixteenBitsAreTheNearest(number: Float) {
    #expect(abs(number.inSixteenBits - number) <= abs(number) * 0x1p-16)
    #expect(number.inSixteenBits.bitPattern & 0xff == 0)
  }

  @Test(arguments: [(7, 3, 2, 1), (-7, 3, -3, 2), (-6, 3, -2, 0), (0, 3, 0, 0), (-1, 24, -1, 23)])
  func divisionRoundsDown(dividend: Int, divisor: Int, quotient: Int, remainder: Int) {
    #expect(floorDivide(dividend, divisor) == quotient)
    #expect(floorModulo(dividend, divisor) == remainder)
  }

  @Test(arguments: [-800, -40, -1, 0, 0.5, 40, 800, -.infinity, .infinity])
  func sigmoidIsAProbability(z: Double) {
    #expect((0...1).contains(sigmoid(z)))
    #expect(abs(sigmoid(z) + sigmoid(-z) - 1) < 1e-15)
  }

  @Test(arguments: [1e-12, 0.1, 0.5, 0.75])
  func logitIsTheInverseOfSigmoid(probability: Double) {
    #expect(abs(sigmoid(logit(probability)) - probability) < 1e-15)
  }

  @Test func entropyIsGreatestForAnEvenChance() {
    #expect(entropy(0.5) == -log(0.5))
    #expect(abs(entropy(0.1) - entropy(0.9)) < 1e-15 && entropy(0.1) < entropy(0.5))
  }

  @Test func softplusIsLinearFarOut() {
    #expect(softplus(800) == 800)
    #expect(softplus(-800) == 0)
  }
}
