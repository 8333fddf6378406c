internal import Glibc

/// The memory pages with the code of the program and its libraries.
package enum CodePages {
  /// Larger than the memory map of any of our processes.
  private static let mapsBytesMax = 1 << 20

  /// Removes all code pages from memory. Code that runs again is mapped again from its file, mostly from the page
  /// cache; code that was needed only to start, or to read a year of log, no longer takes memory.
  package static func release() {
    // Without /proc the pages stay in memory, which is harmless.
    guard let bytes = try? SmallFile.read("/proc/self/maps", limitBytes: mapsBytesMax) else {
      return
    }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      guard let range = codeRange(line),
        let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound)
      else { continue }
      // Code pages are never written to, so nothing is lost.
      madvise(start, Int(range.count), MADV_DONTNEED)
    }
  }

  /// The address range of a line such as `55d0c000-55d0e000 r-xp 00000000 fe:00 16222568 /usr/bin/harbinger`; nil
  /// unless it is the code of a file.
  package static func codeRange(_ line: some StringProtocol) -> Range<UInt>? {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    // The name is the last column, after many blanks.
    guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }).first == "/"
    else { return nil }
    let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
  }
}
