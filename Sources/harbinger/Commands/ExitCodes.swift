internal import ArgumentParser

/// - Source: sysexits.h of BSD.
extension ExitCode {
  /// EX_CONFIG: the settings cannot be used.
  static let badSettings = ExitCode(78)
}
