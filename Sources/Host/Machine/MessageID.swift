/// Identifies the kind of a journal message, for `journalctl MESSAGE_ID=…` and the message catalog.
///
/// The IDs are random and never change, because filters of users and `deploy/harbinger.catalog` contain them. The IDs
/// of alerts are defined with the alert kinds.
package struct MessageID: Hashable, Sendable {
  /// 32 hexadecimal digits.
  package let rawValue: String

  package init(_ rawValue: String) { self.rawValue = rawValue }

  /// A lasting alert has ended.
  package static let alertEnded = MessageID("b7cb15f0edfd4fb0a001d5a449f25357")
  package static let actionFailed = MessageID("38fa9905f626466da82d5b7f75666bdb")
  /// A source has a problem.
  package static let sourceProblem = MessageID("1bd0181f666940398e41e7aaa3299d39")

  package static let started = MessageID("87591afd248444b1bca6ef1b21d4e362")
  package static let stopped = MessageID("2024552bdf7f4f5181789a58c98b9df1")
  package static let reloaded = MessageID("d9973d3c5f1a405dba2203b270f1c213")
  package static let reloadFailed = MessageID("9535e91b216f4e678e81b8559c7b6235")
  package static let trained = MessageID("35d42f7d6ba3414696dfd4ce95d440e7")
  /// The periodic one-line summary.
  package static let summary = MessageID("fac44fd3ffa749c4aba6ab82a69d0adf")
  package static let clockSet = MessageID("64cc340d41034ea7a8b4089a48a1cbc7")
  /// The machine was suspended.
  package static let asleep = MessageID("d52b6a5936d7442ebcd9367bf2757db7")

  /// All IDs except those of alert kinds.
  package static let ofService = [
    alertEnded, actionFailed, sourceProblem, started, stopped, reloaded, reloadFailed, trained,
    summary, clockSet, asleep,
  ]
}
