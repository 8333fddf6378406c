/// The actions on an alert, in addition to the journal entry.
package struct ActionSettings: Equatable, Sendable {
  /// The unit to start before a request comes; `%i` stands for the stream's name, escaped as by systemd-escape.
  package var startUnit: String?
  /// A program and its arguments; empty for none.
  package var exec: [String] = []
  /// The program's timeout.
  package var execTimeoutSeconds = 60
  /// The URL to POST to.
  package var webhook: String?
  /// The file with the secret that signs the request: a path, or the name of a credential of the unit.
  package var webhookSecret: String?

  package init() {}
}
