/// FNV-1a, 64 bit.
///
/// - Source: Fowler, Noll, Vo; draft-eastlake-fnv.
struct Fingerprint: Equatable {
  private(set) var value: UInt64

  init(_ value: UInt64 = 0xcbf2_9ce4_8422_2325) { self.value = value }

  /// A file's beginning is told by this many bytes, or by all of it while it is shorter.
  static let headLength = 4096
  /// And the place we stopped at by this many bytes before it.
  static let recentLength = 256

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  static func of(_ bytes: some Sequence<UInt8>) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(bytes)
    return fingerprint
  }
}
