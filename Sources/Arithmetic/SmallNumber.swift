/// A number from 0 to 8,191 in two bytes, of which few bits are used: `significantBits`, of which the first is implicit,
/// at most eleven, and six bits of exponent. For decaying sums and means, of which a stream has thousands.
///
/// Rounding is stochastic, with probabilities that keep the mean right: with rounding to nearest, increments below the
/// last digit would always be lost. With the same random number, rounding keeps the order of two values.
///
/// - Source: Gupta, Agrawal, Gopalakrishnan and Narayanan, "Deep learning with limited numerical precision", ICML 2015
///   (stochastic rounding).
///
/// Always inlined, because a packed stream's are read and written every hour, and code for any number of digits takes
/// a twentieth longer for all that is done then.
package struct SmallNumber<let significantBits: Int>: Equatable, Sendable, BitwiseCopyable {
  /// The single-precision bits of the smallest number, 2⁻⁵¹, and the number of low bits that are dropped.
  @inlinable static var smallest: UInt32 { 0x2600_0000 }
  @inlinable static var cutBits: UInt32 { UInt32(24 - significantBits) }
  @inlinable static var largest: UInt16 { .max >> (11 - significantBits) }

  package let bits: UInt16

  package static var zero: SmallNumber { SmallNumber(uncheckedBits: 0) }

  @inlinable init(uncheckedBits bits: UInt16) { self.bits = bits }

  /// Nil: these bits stand for no number.
  @inlinable @inline(__always) package init?(bits: UInt16) {
    guard bits <= Self.largest else { return nil }
    self.bits = bits
  }

  @inlinable @inline(__always) init(_ value: Float, adding below: UInt32) {
    // Values that are too small, negative or NaN become 0.
    guard value > Float(bitPattern: Self.smallest) else {
      bits = 0
      return
    }
    let bits = UInt16(clamping: (value.bitPattern - Self.smallest + below) &>> Self.cutBits)
    self.bits = min(bits, Self.largest)
  }

  /// Rounds to nearest.
  @inlinable @inline(__always) package init(nearest value: Float) {
    self.init(value, adding: 1 << (Self.cutBits - 1))
  }

  /// Rounds down or up, depending on a random number.
  @inlinable @inline(__always) package init(_ value: Float, drawn: UInt64) {
    self.init(value, adding: UInt32(truncatingIfNeeded: drawn) & ((1 << Self.cutBits) - 1))
  }

  /// The value, within a unit of the last digit of the original; 0 if that was less than 2⁻⁵¹ or NaN.
  @inlinable @inline(__always) package var value: Float {
    bits == 0 ? 0 : Float(bitPattern: Self.smallest + (UInt32(bits) << Self.cutBits))
  }
}

extension Float {
  /// The nearest number with sixteen significant bits: of its four bytes the lowest is 0.
  package var inSixteenBits: Float {
    isFinite ? Float(bitPattern: (bitPattern + 0x80) & ~0xff) : self
  }
}
