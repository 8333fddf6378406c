/// The offsets of a time zone from UTC, as read from a TZif file's bytes.
///
/// - Source: RFC 8536.
package struct TimeZoneRules: Equatable, Sendable {
  package static let utc = TimeZoneRules(name: "UTC")

  package let name: String

  private init(name: String) {
    self.name = name
  }

  /// Seconds east of UTC.
  package func offset(at epochSeconds: Int64) -> Int { 0 }
}
