/// Ranks the fields of a log by how likely their name is the one of the record's time.
enum TimeFieldName {
  /// - Parameter name: May be a path with dots, of which the last part counts.
  /// - Returns: 0 for a name such as `eventTime`, 1 for any other, 2 for one of another time, such as `expires`.
  static func rank(_ name: String) -> Int {
    let last = (name.split(separator: ".").last ?? "").lowercased()
    if ofOtherTimes.contains(where: { last.contains($0) }) { return 2 }
    let isTypical =
      ["time", "date", "stamp"].contains { last.contains($0) }
      || ["ts", "t", "at", "when", "epoch"].contains(last)
    return isTypical ? 0 : 1
  }

  /// Of something that the record is about.
  private static let ofOtherTimes = [
    "expir", "until", "valid", "not_after", "notafter", "not_before", "notbefore", "deadline",
    "schedule", "last", "previous", "next", "birth", "timeout",
  ]
}
