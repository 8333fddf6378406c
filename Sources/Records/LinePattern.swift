/// A format as a regular expression: which of its groups is which field, and how it writes the time.
struct LinePattern: Equatable, Sendable {
  var regex: String
  /// The fields that a group is known by, where that is not its name alone.
  var groupOfField: [String: String] = [:]
  var timeGroup = "time"
  /// As in `ParserSettings.timeLayout`, or `syslog`.
  var timeLayout: String?
}
