/// The 64-bit FNV-1a hash: small, stable across runs and machines, and not cryptographic.
///
/// - Source: Fowler, Noll and Vo, draft-eastlake-fnv.
package struct FNV1a: Hashable, Sendable {
  /// The hash of everything combined so far.
  package var value: UInt64

  /// What each byte or word multiplies the hash by; the FNV prime of 64 bits.
  @inlinable package static var prime: UInt64 { 0x100_0000_01b3 }

  /// - Parameter value: A stored hash to continue from; by default the offset basis, the hash of no bytes.
  @inlinable
  package init(_ value: UInt64 = 0xcbf2_9ce4_8422_2325) { self.value = value }

  @inlinable
  package init(_ bytes: some Sequence<UInt8>) {
    self.init()
    combine(bytes)
  }

  /// Adds bytes to the hash.
  @inlinable
  package mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { combine(word: UInt64(byte)) }
  }

  /// Adds 64 bits in one step, which is faster than FNV-1a over their bytes, and gives a different hash.
  @inlinable
  package mutating func combine(word: UInt64) {
    value = (value ^ word) &* Self.prime
  }

  /// The hash as 16 hexadecimal digits.
  package var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
