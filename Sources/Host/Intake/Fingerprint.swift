import Arithmetic

/// What stretches of bytes are recognised by: their FNV-1a hash.
struct Fingerprint: Equatable {
  private var hash: FNV1a

  init() { hash = FNV1a() }

  init(_ value: UInt64) { hash = FNV1a(value) }

  var value: UInt64 { hash.value }

  /// A file's beginning is identified by this many bytes, or by all of it while it is shorter.
  static let headLength = 4096
  /// And the place we stopped at by this many bytes before it.
  static let recentLength = 256

  mutating func add(_ bytes: some Sequence<UInt8>) {
    hash.combine(bytes)
  }

  static func of(_ bytes: some Sequence<UInt8>) -> Fingerprint {
    var fingerprint = Fingerprint()
    fingerprint.add(bytes)
    return fingerprint
  }
}
