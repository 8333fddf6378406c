/// What is done about an alert, besides telling the journal.
package struct ActionSettings: Equatable, Sendable {
  /// A unit to start before a request comes; `%i` in it is the stream's name, escaped as systemd does.
  package var startUnit: String?
  /// A program and its arguments; empty: none.
  package var exec: [String] = []
  /// It may take so long.
  package var execTimeoutSeconds = 60
  /// A URL that gets a POST.
  package var webhook: String?
  /// The file that holds the secret it is signed with: a path, or the name of a credential of the unit.
  package var webhookSecret: String?

  package init() {}
}
