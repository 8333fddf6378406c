internal import Arithmetic

/// The project's source of chance: a value, so that a seed replays everything.
///
/// - Source: xoshiro256** by Blackman and Vigna, seeded by SplitMix64 as they advise.
package struct Xoshiro: RandomNumberGenerator, Hashable, Sendable {
  /// Four words, not all zero; store them and continue where you were.
  package private(set) var state: SIMD4<UInt64>

  package init(seed: UInt64) {
    var splitMix = SplitMix64(seed: seed)
    state = SIMD4(splitMix.next(), splitMix.next(), splitMix.next(), splitMix.next())
  }

  /// - Returns: `nil` if all four words are zero, which is no state of this generator.
  package init?(state: SIMD4<UInt64>) {
    guard state != .zero else { return nil }
    self.state = state
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    let result = Self.rotated(state.y &* 5, by: 7) &* 9
    let shifted = state.y &<< 17
    state.z ^= state.x
    state.w ^= state.y
    state.y ^= state.z
    state.x ^= state.w
    state.z ^= shifted
    state.w = Self.rotated(state.w, by: 45)
    return result
  }

  private static func rotated(_ word: UInt64, by count: UInt64) -> UInt64 {
    (word &<< count) | (word &>> (64 - count))
  }
}
