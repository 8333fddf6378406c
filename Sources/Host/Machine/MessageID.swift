/// Says which kind of message a journal entry is, for `journalctl MESSAGE_ID=…` and the message catalog.
///
/// The numbers are random, made once, and never change: people's filters and `deploy/harbinger.catalog` name
/// them.
package enum MessageID: String, CaseIterable, Sendable {
  // Alerts.
  case upcoming = "280d231252f24696ad1d300fb3d27b2b"
  case silence = "1f8a3a5becf34f3b95bb06098e2fc475"
  case unexpected = "b1abac564fbe41eaa0b844af649b099a"
  case stalledSource = "4fc33264d31846da8f6562f568f35476"
  case modelDegraded = "5ddc47737f2c4813824a621a586fff38"
  case sourceProblem = "1bd0181f666940398e41e7aaa3299d39"
  case stateProblem = "ac16fe6e919444809cc132ea9f3293bb"
  /// One of the last three is over.
  case wellAgain = "b7cb15f0edfd4fb0a001d5a449f25357"
  case actionFailed = "38fa9905f626466da82d5b7f75666bdb"

  // The daemon's own life.
  case started = "87591afd248444b1bca6ef1b21d4e362"
  case stopped = "2024552bdf7f4f5181789a58c98b9df1"
  case reloaded = "d9973d3c5f1a405dba2203b270f1c213"
  case reloadFailed = "9535e91b216f4e678e81b8559c7b6235"
  case trained = "35d42f7d6ba3414696dfd4ce95d440e7"
  case summary = "fac44fd3ffa749c4aba6ab82a69d0adf"
  case clockSet = "64cc340d41034ea7a8b4089a48a1cbc7"
  case asleep = "d52b6a5936d7442ebcd9367bf2757db7"
}
