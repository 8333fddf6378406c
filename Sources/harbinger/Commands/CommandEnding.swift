import ArgumentParser
import Foundation
import Host
import Reporting
import Settings
import Storage

/// Why a command has not done its work, in one sentence for standard error, and with which code it ends.
struct CommandEnding {
  let sentence: String
  let code: ExitCode

  private init(_ sentence: String, _ code: ExitCode) {
    self.sentence = sentence
    self.code = code
  }

  /// - Parameter arguments: Without the program's name.
  /// - Returns: Nil: it is no failure, or its sentence was said where it arose.
  init?(_ error: any Error, arguments: [String]) {
    switch error {
    case is ExitCode, is CleanExit: return nil
    case let error as UsageMistake: self.init(error.sentence, .validationFailure)
    case StateFileError.newer: self.init("\(error)", .badData)
    case is StateFileError: self.init("\(error)", .inputOutputError)
    case LockFile.Failure.held: self.init("harbinger is running: \(error)", .temporaryFailure)
    case is LockFile.Failure: self.init("\(error)", .inputOutputError)
    case is BadSettings: self.init("\(error)", .badSettings)
    case is UnusableStatus: self.init("\(error)", .badData)
    case let error as SystemError where [ENOENT, EACCES, EPERM].contains(error.code):
      self.init("\(error)", .noInput)
    case is SystemError: self.init("\(error)", .operatingSystemError)
    default:
      let code = Harbinger.exitCode(for: error)
      // Help and the version come this way, too.
      guard code != .success else { return nil }
      let message = Harbinger.message(for: error)
      self.init(
        code == .validationFailure ? UsageMistake(message, arguments: arguments).sentence : message,
        code)
    }
  }
}
