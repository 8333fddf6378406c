import Arithmetic

/// Seeded chance for tests: the same seed, the same run, on every machine.
package struct Chance: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  package mutating func next() -> UInt64 { generator.next() }

  /// In 0..<1.
  package mutating func uniform() -> Double { generator.uniform() }

  /// True once in `1 / probability` times.
  package mutating func happens(_ probability: Double) -> Bool {
    uniform() < probability
  }

  package mutating func integer(in range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  package mutating func bytes(count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
