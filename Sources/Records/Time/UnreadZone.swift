/// A time zone that log lines name after their stamps, but that is not read: by its place, or by letters that mean
/// different zones in different countries.
package struct UnreadZone: Equatable, Sendable {
  /// As in the lines: `America/New_York`, `IST`.
  package let name: String

  /// The name that the IANA time zone database knows it by; nil for letters with several meanings.
  package var place: String? { name.contains("/") ? name : nil }

  private static let linesMax = 20
  private static let nameBytesMax = 40

  /// - Parameters:
  ///   - sample: Lines from the beginning of the log.
  ///   - now: Seconds since the epoch.
  /// - Returns: Nil if none of the first lines names one.
  package init?(in sample: RawSpan, now: Int64) {
    let lines = FormatDetection.lines(of: sample).prefix(Self.linesMax)
    guard let name = lines.lazy.compactMap({ Self.name(in: $0, now: now) }).first else {
      return nil
    }
    self.name = name
  }

  /// After the first stamp of the line.
  private static func name(in line: [UInt8], now: Int64) -> String? {
    for start in line.indices {
      var scanner = StampScanner(line, at: start, isDayFirst: false, now: now)
      var isStamp = scanner.scan()
      if !isStamp {
        scanner = StampScanner(line, at: start, isDayFirst: true, now: now)
        isStamp = scanner.scan()
      }
      guard isStamp else { continue }
      guard !["%z", "%Z"].contains(where: { scanner.shape.layout.contains($0) }) else { return nil }
      let rest = line[scanner.position...].drop { $0 == ASCII.space || $0 == UInt8(ascii: "(") }
      let word = rest.prefix { $0.isLetter || "/_".utf8.contains($0) }
      guard word.count <= nameBytesMax else { return nil }
      let name = String(decoding: word, as: UTF8.self)
      return isPlace(name) || ambiguous.contains(name) ? name : nil
    }
    return nil
  }

  private static let continents: Set<Substring> = [
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific", "US", "Etc",
  ]

  private static func isPlace(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count >= 2 && continents.contains(parts[0]) && parts.allSatisfy { !$0.isEmpty }
  }

  /// - Source: the abbreviations of the IANA time zone database that are in use for several offsets, and those that
  ///   programs still write though it no longer has them.
  private static let ambiguous: Set<String> = [
    "ADT", "AMT", "ART", "AST", "BRT", "BST", "CAT", "CLT", "COT", "CST", "EAT", "ECT", "GST",
    "HKST", "ICT", "IDT", "IRST", "IST", "MYT", "PET", "PHT", "PKT", "SGT", "SST", "TRT", "UYT",
    "VET", "WAT", "YEKT",
  ]
}
