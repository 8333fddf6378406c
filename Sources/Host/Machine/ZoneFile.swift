/// The compiled rules of a time zone from the machine's zone database.
package enum ZoneFile {
  package static let folder = "/usr/share/zoneinfo"
  private static let bytesMax = 256 * 1_024

  /// - Parameter name: An IANA name, such as `Europe/Berlin`.
  /// - Returns: The TZif bytes; nil if the machine has no such zone, or if the name is invalid.
  /// - Source: RFC 8536 for the bytes; package tzdata for the folder.
  package static func bytes(_ name: String) throws(SystemError) -> [UInt8]? {
    guard isName(name) else { return nil }
    return try SmallFile.read("\(folder)/\(name)", limitBytes: bytesMax)
  }

  /// The name of this machine's zone, from the link `/etc/localtime`; nil if there is none.
  package static var ofThisMachine: String? {
    guard let target = resolvedPath("/etc/localtime"), target.hasPrefix(folder + "/") else {
      return nil
    }
    let name = String(target.dropFirst(folder.count + 1))
    return isName(name) ? name : nil
  }

  /// Whether all parts of the name are like `America`, `Argentina` and `Buenos_Aires`, so that it cannot lead out of
  /// the folder.
  private static func isName(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return name.utf8.count <= 64 && parts.count <= 4
      && parts.allSatisfy { part in
        part.first.map(isLetter) == true
          && part.allSatisfy { isLetter($0) || "0123456789_+-".utf8.contains($0) }
      }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & ~0x20)
  }
}
