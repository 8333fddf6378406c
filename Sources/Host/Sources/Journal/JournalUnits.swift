/// The units that write to the journal, and how often.
package enum JournalUnits {
  package struct Unit: Equatable, Sendable {
    package let name: String
    /// The number of hours in which it has an entry.
    package let activeHours: Int
  }

  private static let unitsMax = 200

  /// - Parameters:
  ///   - selection: Only its directory is used.
  ///   - hours: The period to examine, in hours since the epoch.
  /// - Returns: The units that have an entry in it, sorted by name; empty if the journal cannot be read.
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

  /// Seeks from hour to hour, so that most entries of a busy unit are not read.
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
      // If the clock was set back, a seek may find an earlier entry.
      if hours.contains(found), found >= hour { count += 1 }
      hour = max(hour, found) + 1
    }
    return count
  }
}
