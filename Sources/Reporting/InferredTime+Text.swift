package import Records

extension InferredTime {
  /// As the status file calls its members.
  package var names: [String] {
    (contains(.year) ? ["year"] : []) + (contains(.zone) ? ["time_zone"] : [])
  }

  init(names: [String]) {
    self = []
    if names.contains("year") { insert(.year) }
    if names.contains("time_zone") { insert(.zone) }
  }

  /// One sentence about each.
  ///
  /// - Parameters:
  ///   - zone: The name of the source's time zone.
  ///   - unread: A zone that the lines name.
  package func sentences(zone: String, unread: UnreadZone? = nil) -> [String] {
    (contains(.year)
      ? ["no year in the lines: inferred from their order and from when the log was written"] : [])
      + (contains(.zone)
        ? [Self.sentence(zone: zone, unread)] : [])
  }

  private static func sentence(zone: String, _ unread: UnreadZone?) -> String {
    if unread?.name == zone { return "the lines name the zone \(zone), as time_zone does" }
    guard let unread else {
      return "no time zone in the lines: they are read in \(zone), as time_zone says"
    }
    let name =
      unread.place == nil
      ? "\(unread.name), which names several zones, is" : "the zone \(unread.name) is"
    return "\(name) passed over in the lines: they are read in \(zone), as time_zone says"
  }
}
