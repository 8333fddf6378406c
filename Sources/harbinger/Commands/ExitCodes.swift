internal import ArgumentParser

/// - Source: sysexits.h of BSD.
extension ExitCode {
  /// EX_DATAERR: a log cannot be read as it should be, or the state is of a newer version.
  static let badData = ExitCode(65)
  /// EX_NOINPUT: a file is not there.
  static let noInput = ExitCode(66)
  /// EX_OSERR
  static let operatingSystemError = ExitCode(71)
  /// EX_CANTCREAT: a file cannot be written.
  static let cannotCreate = ExitCode(73)
  /// EX_IOERR: the state cannot be used.
  static let inputOutputError = ExitCode(74)
  /// EX_TEMPFAIL: another one is running.
  static let temporaryFailure = ExitCode(75)
  /// EX_CONFIG: the settings cannot be used.
  static let badSettings = ExitCode(78)
}
