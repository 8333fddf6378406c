/// A number from 0 to 8,191 in two bytes: eleven significant bits, of which the first is implied, and six bits of
/// exponent. For weights and for sums that forget, of which a stream has thousands.
///
/// Whether a number is rounded up or down is drawn, with the chance that makes the mean right: a step that is smaller
/// than the last digit is then taken every so often, and would otherwise be lost each time. With the same draw the
/// greater of two numbers does not become the smaller.
///
/// - Source: Gupta, Agrawal, Gopalakrishnan and Narayanan, "Deep learning with limited numerical precision", ICML 2015
///   (stochastic rounding).
package struct SmallNumber: Equatable, Sendable, BitwiseCopyable {
  /// Of single precision: the bits of the smallest number, 2⁻⁵¹, and how many digits are cut off.
  private static let smallest = Float(0x1p-51).bitPattern
  private static let cutBits: UInt32 = 13

  private let bits: UInt16

  package static let zero = SmallNumber(bits: 0)

  private init(bits: UInt16) { self.bits = bits }

  private init(_ value: Float, adding below: UInt32) {
    // What is too small, negative or no number is 0.
    guard value > Float(bitPattern: Self.smallest) else {
      bits = 0
      return
    }
    bits = UInt16(clamping: (value.bitPattern - Self.smallest + below) &>> Self.cutBits)
  }

  /// The nearest one.
  package init(nearest value: Float) {
    self.init(value, adding: 1 << (Self.cutBits - 1))
  }

  /// The one below or above, by a number that was drawn.
  package init(_ value: Float, drawn: UInt64) {
    self.init(value, adding: UInt32(truncatingIfNeeded: drawn) & ((1 << Self.cutBits) - 1))
  }

  /// Within a thousandth of what it was made of; 0 for what was less than 2⁻⁵¹ or no number.
  package var value: Float {
    bits == 0 ? 0 : Float(bitPattern: Self.smallest + (UInt32(bits) << Self.cutBits))
  }
}
