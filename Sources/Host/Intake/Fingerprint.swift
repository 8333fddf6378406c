import Arithmetic

/// An FNV-1a hash by which a range of bytes is recognised.
struct Fingerprint: Equatable {
  private var hash: FNV1a

  init() { hash = FNV1a() }

  init(_ value: UInt64) { hash = FNV1a(value) }

  var value: UInt64 { hash.value }

  /// The number of first bytes that identify a file; all of a shorter file.
  static let headLength = 4096
  /// The number of bytes before an offset that identify it.
  static let recentLength = 256

  mutating func add(_ bytes: some Sequence<UInt8>) {
    hash.combine(bytes)
  }

  /// The fingerprints of the first 0, 1, … bytes.
  static func ofPrefixes(_ bytes: [UInt8]) -> [Fingerprint] {
    var fingerprint = Fingerprint()
    var all = [fingerprint]
    all.reserveCapacity(bytes.count + 1)
    for byte in bytes {
      fingerprint.hash.combine(word: UInt64(byte))
      all.append(fingerprint)
    }
    return all
  }

  static func of(_ bytes: some Sequence<UInt8>) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(bytes)
    return fingerprint
  }
}
