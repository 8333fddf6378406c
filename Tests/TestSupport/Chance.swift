import Arithmetic

/// Seeded random numbers for tests: the same seed gives the same run on every machine.
package struct Chance: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  package mutating func next() -> UInt64 { generator.next() }

  /// True once in `1 / probability` times.
  package mutating func happens(_ probability: Double) -> Bool {
    uniform() < probability
  }
}
