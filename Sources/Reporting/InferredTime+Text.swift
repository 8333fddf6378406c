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

  /// One sentence about each; `zone` is the name of the source's time zone.
  package func sentences(zone: String) -> [String] {
    (contains(.year)
      ? ["no year in the lines: inferred from their order and from when the log was written"] : [])
      + (contains(.zone)
        ? ["no time zone in the lines: they are read in \(zone), as time_zone says"] : [])
  }
}
