/// The units that write to the journal, and how often.
package enum JournalUnits {
  package struct Unit: Equatable, Sendable {
    package let name: String
    /// Hours in which it has an entry.
    package let activeHours: Int
  }

  private static let unitsMax = 200

  /// - Parameters:
  ///   - selection: Of its directory; its matches do not count.
  ///   - hours: The span that is looked at, in hours since the epoch.
  /// - Returns: The units that have an entry in it, by name; none where the journal cannot be read.
  package static func active(
    _ selection: JournalSelection = JournalSelection(), hours: Range<Int>
  ) -> [Unit] {
    do throws(JournalReader.Failure) {
      let names = try JournalReader(selection, maxValueBytes: 0).values(of: "_SYSTEMD_UNIT")
      var units: [Unit] = []
      for name in names.prefix(unitsMax) {
        let count = try activeHours(of: name, selection, hours)
        if count > 0 { units.append(Unit(name: name, activeHours: count)) }
      }
      return units
    } catch {
      return []
    }
  }

  /// Jumps from hour to hour: of a busy unit, most entries are not looked at.
  private static func activeHours(
    of unit: String, _ selection: JournalSelection, _ hours: Range<Int>
  ) throws(JournalReader.Failure) -> Int {
    let reader = try JournalReader(selection, maxValueBytes: 0)
    try reader.select([.init(field: "_SYSTEMD_UNIT", values: [unit])])
    var count = 0
    var hour = hours.lowerBound
    while hour < hours.upperBound {
      try reader.seek(toMicroseconds: UInt64(hour) * 3_600_000_000)
      guard try reader.next() else { break }
      let found = Int(try reader.receivedMicroseconds() / 3_600_000_000)
      // Clocks are set back: entries may lie before the place that was asked for.
      if hours.contains(found), found >= hour { count += 1 }
      hour = max(hour, found) + 1
    }
    return count
  }
}
