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
    // After the name of the format and the size of its blocks.
    let block: [UInt8] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]
    let isBzip2 =
      starts(with: Array("BZh".utf8)) && beginning.byteCount >= 10
      && beginning.range(4..<10, equals: block)
    let compressions = "gzip, zstd and xz are"
    let journal = "journalctl -o json writes it as lines that are"
    let known: [(bytes: [UInt8], name: String, advice: String)] = [
      ([0x04, 0x22, 0x4d, 0x18], "compressed with lz4", compressions),
      ([0x5d, 0x00, 0x00], "compressed with lzma", compressions),
      ([0x1f, 0x9d], "compressed with compress", compressions),
      (Array("LZIP\u{1}".utf8), "compressed with lzip", compressions),
      ([0x37, 0x7a, 0xbc, 0xaf], "a 7-Zip archive", "its files are, unpacked"),
      (Array("PK\u{3}\u{4}".utf8), "a zip archive", "its files are, unpacked"),
      (Array("LPKSHHRH".utf8), "a file of the systemd journal", journal),
      (Array("__CURSOR=".utf8), "the systemd journal's export format", journal),
      ([0xff, 0xfe], "UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
      ([0xfe, 0xff], "UTF-16", "convert it with iconv -f UTF-16 -t UTF-8"),
    ]
    if isBzip2 {
      (name, advice) = ("compressed with bzip2", compressions)
    } else if let found = known.first(where: { starts(with: $0.bytes) }) {
      (name, advice) = (found.name, found.advice)
    } else if Self.isTextInPairs(beginning) {
      (name, advice) = ("UTF-16", "convert it with iconv -f UTF-16LE (or UTF-16BE) -t UTF-8")
    } else {
      return nil
    }
  }

  /// Whether every other byte is zero, as in UTF-16 without a byte order mark.
  private static func isTextInPairs(_ beginning: RawSpan) -> Bool {
    let count = min(beginning.byteCount, 64) & ~1
    guard count >= 8 else { return false }
    let isZero = (0..<count).map { beginning[$0] == 0 }
    return [0, 1].contains { first in
      stride(from: first, to: count, by: 2).allSatisfy { isZero[$0] }
        && stride(from: 1 - first, to: count, by: 2).allSatisfy { !isZero[$0] }
    }
  }
}
