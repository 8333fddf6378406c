/// A format as a regular expression: which group is which field, and the layout of the time.
struct LinePattern: Equatable, Sendable {
  var regex: String
  /// The group of each field, if it has another name than the field.
  var groupOfField: [String: String] = [:]
  /// The groups that make up the time, in order; they are joined by blanks.
  var timeGroups = ["time"]
  /// As in `ParserSettings.timeLayout`, or `syslog`.
  var timeLayout: String?
  /// A group with the UTC offset of a stamp, if it is written elsewhere in the line.
  var offsetGroup: String?
}
