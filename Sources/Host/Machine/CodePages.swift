internal import Glibc

/// The code of the program and its libraries, as far as it is in memory.
package enum CodePages {
  /// More than any process of ours has mapped.
  private static let mapsBytesMax = 1 << 20

  /// Lets go of all of it. What runs again is mapped again from its file, of which the kernel keeps what it has
  /// room for; what was needed only to start, or to read a year of log, is not held any longer.
  package static func release() {
    // Without /proc it stays, which does no harm.
    guard let bytes = try? SmallFile.read("/proc/self/maps", limitBytes: mapsBytesMax) else {
      return
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      guard let range = codeRange(line),
        let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
      else { continue }
      // Code is never written to, so nothing is lost.
      madvise(start, Int(range.count), MADV_DONTNEED)
    }
  }

  /// Of a line such as `55d0c000-55d0e000 r-xp 00000000 fe:00 16222568 /usr/bin/harbinger`; nil if it is
  /// anything but a file's code.
  package static func codeRange(_ line: some StringProtocol) -> Range<UInt>? {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    // The name stands in a column of its own, after many blanks.
    guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).first == "/"
    else { return nil }
    let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
  }
}
