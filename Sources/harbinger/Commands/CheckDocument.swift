import Settings

/// What `check` finds, for programs.
struct CheckDocument: Encodable {
  struct Problem: Encodable {
    var line: Int?
    var column: Int?
    var key: String?
    var found: String
    var expected: String
  }

  struct Setting: Encodable {
    var key: String
    var value: String
  }

  struct Finding: Encodable {
    var sentence: String
    var isProblem: Bool
  }

  var file: String
  /// Of settings that cannot be used.
  var problems: [Problem] = []
  var fingerprint: String?
  /// With what applies where the file says nothing.
  var settings: [Setting]?
  var warnings: [String] = []
  /// As whom, and in which place.
  var tried: String?
  var findings: [Finding]?

  init(_ file: String, _ bad: BadSettings) {
    self.file = file
    problems = bad.problems.map {
      Problem(
        line: $0.place?.line, column: $0.place?.column, key: $0.key, found: $0.found,
        expected: $0.expected)
    }
  }

  /// - Parameter trial: Nil: nothing was tried.
  init(
    _ file: String, _ settings: ServiceSettings, _ warnings: [SettingsWarning], tried: String,
    _ trial: SettingsTrial?
  ) {
    self.file = file
    fingerprint = settings.fingerprint
    self.settings = settings.effective.map { Setting(key: $0.path, value: $0.value) }
    self.warnings = warnings.map { "\($0.problem)" }
    guard let trial else { return }
    self.tried = tried
    findings = trial.findings.map { Finding(sentence: $0.sentence, isProblem: $0.isProblem) }
  }
}
