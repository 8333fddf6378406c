/// Recognises, by the first bytes, encodings and compressions that are not supported.
package struct UnreadEncoding: Sendable {
  package let name: String
  /// What is supported instead, or how to convert it.
  package let advice: String

  /// - Parameter beginning: The first bytes of the log, uncompressed where that is possible.
  /// - Returns: Nil if the bytes are none of these.
  package init?(_ beginning: RawSpan) {
    func starts(with bytes: [UInt8]) -> Bool {
      beginning.byteCount >= bytes.count && beginning.range(0..<bytes.count, equals: bytes)
    }
    let known: [(bytes: [UInt8], name: String, advice: String)] = [
      (Array("BZh".utf8), "compressed with bzip2", "gzip, zstd and xz are"),
      (Array("PK\u{3}\u{4}".utf8), "a zip archive", "its files are, unpacked"),
      ([0xff, 0xfe], "UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
      ([0xfe, 0xff], "UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
    ]
    guard let found = known.first(where: { starts(with: $0.bytes) }) else { return nil }
    name = found.name
    advice = found.advice
  }
}
