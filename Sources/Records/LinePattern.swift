/// A format as a regular expression: which of its groups is which field, and how it writes the time.
struct LinePattern: Equatable, Sendable {
  var regex: String
  /// The fields that a group is known by, where that is not its name alone.
  var groupOfField: [String: String] = [:]
  /// Those that make up the time, in order: read as one stamp with blanks between them.
  var timeGroups = ["time"]
  /// As in `ParserSettings.timeLayout`, or `syslog`.
  var timeLayout: String?
  /// A group with the offset of a stamp that has none itself, where there may be one.
  var offsetGroup: String?
}
