import Arithmetic

/// Inverted dropout on the hidden layers: a unit is dropped, or scaled up by as much as is dropped.
///
/// - Source: Srivastava et al., "Dropout", JMLR 2014.
struct Dropout {
  private let seed: UInt64
  let threshold: UInt32
  let scale: Float

  init(share: Float, seed: UInt64) {
    self.seed = seed
    threshold = UInt32(Double(share) * 0x1p32)
    scale = 1 / (1 - share)
  }

  func seed(ofLayer index: Int) -> UInt32 {
    var generator = SplitMix64(seed: seed &+ UInt64(index))
    return UInt32(truncatingIfNeeded: generator.next())
  }
}
