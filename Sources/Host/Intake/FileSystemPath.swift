import Glibc

/// File names are bytes and need not be UTF-8. In a `String`, each invalid byte is represented by a character of a
/// private-use range, which is converted back to that byte for system calls.
extension String {
  private static let firstStandIn: UInt32 = 0xf700

  /// - Parameter bytes: A name or path as the kernel returned it.
  init(fileSystemBytes bytes: some Collection<UInt8>) {
    var scalars = UnicodeScalarView()
    var rest = Array(bytes)[...]
    while let byte = rest.first {
      let length = Swift.min(rest.count, byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4)
      if let text = String(validating: rest.prefix(length), as: UTF8.self),
        let scalar = text.unicodeScalars.first, !String.isEscapedByte(scalar)
      {
        scalars.append(scalar)
        rest = rest.dropFirst(length)
      } else {
        scalars.append(Unicode.Scalar(String.firstStandIn + UInt32(byte))!)
        rest = rest.dropFirst()
      }
    }
    self.init(scalars)
  }

  /// The bytes of the name or path for system calls.
  var fileSystemBytes: [UInt8] {
    guard unicodeScalars.contains(where: Self.isEscapedByte) else { return Array(utf8) }
    return unicodeScalars.flatMap { scalar in
      Self.isEscapedByte(scalar)
        ? [UInt8(scalar.value - Self.firstStandIn)] : Array(String(scalar).utf8)
    }
  }

  private static func isEscapedByte(_ scalar: Unicode.Scalar) -> Bool {
    (firstStandIn + 0x80...firstStandIn + 0xff).contains(scalar.value)
  }

  /// Calls `body` with the path as a C string.
  func withFileSystemPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (fileSystemBytes + [0]).withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
    }
  }
}
