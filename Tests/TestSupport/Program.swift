package import Foundation
import Glibc

/// The built `harbinger`, run from the command line.
package enum Program {
  /// Beside the tests that are running.
  package static let url: URL = {
    let executable = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let beside = [executable, Bundle.main.bundleURL, executable.deletingLastPathComponent()]
      .map { $0.appending(path: "harbinger") }
    let built = Checkout.root.appending(path: ".build/release/harbinger")
    return beside.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? built
  }()

  package struct Result: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
  }

  /// Runs the program until it ends.
  package static func run(
    _ arguments: [String], in folder: TemporaryFolder, input: FileHandle = .nullDevice,
    environment: [String: String] = [:]
  ) throws -> Result {
    let running = try RunningProgram(
      arguments, in: folder, input: input, environment: environment)
    let status = running.waitUntilExit()
    return Result(
      status: status, output: running.output, errors: running.errors)
  }
}

/// Takes descriptor 255 in this process. Bash uses it for its script, so that a script which closes all others passes
/// it on to what it leaves behind; if it is the socket by which Foundation learns that the script has ended, that is
/// waited for until those end, too.
package let takesBashDescriptor: Bool = {
  let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
  defer { close(null) }
  return fcntl(null, F_DUPFD_CLOEXEC, 255) == 255
}()

/// A running `harbinger`; it is killed when the last reference is released.
package final class RunningProgram {
  private let process = Process()
  private let outputPath: String
  private let errorsPath: String

  package init(
    _ arguments: [String], in folder: TemporaryFolder, input: FileHandle = .nullDevice,
    environment: [String: String] = [:]
  ) throws {
    _ = takesBashDescriptor
    let stem = "program-\(UUID())"
    outputPath = folder.path("\(stem).output")
    errorsPath = folder.path("\(stem).errors")
    for path in [outputPath, errorsPath] { try Data().write(to: URL(filePath: path)) }
    process.executableURL = Program.url
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    // Nothing of the session that runs the tests, such as a journal or a service manager.
    process.environment = ["HOME": folder.url.path, "PATH": "/usr/bin:/bin", "TZ": "UTC"]
      .merging(environment) { $1 }
    process.standardInput = input
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorsPath)
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  package var processIdentifier: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }
  package var output: String { Self.text(outputPath) }
  package var errors: String { Self.text(errorsPath) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  package func send(_ signal: Int32) {
    kill(process.processIdentifier, signal)
  }

  /// - Returns: Its exit code; 128 + n if signal n ended it.
  @discardableResult package func waitUntilExit() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
  }

  /// Polls until a condition holds.
  ///
  /// - Throws: `TookTooLong`, with the program's standard error, after three minutes, or at once if the program ends
  ///   before.
  package func wait(for what: String, until isSo: () throws -> Bool) throws {
    for _ in 0..<9_000 {
      if try isSo() { return }
      guard process.isRunning else {
        // The condition may have become true just before the end.
        if try isSo() { return }
        throw TookTooLong(what: what, why: "it ended with \(waitUntilExit())", errors: errors)
      }
      usleep(20_000)
    }
    throw TookTooLong(what: what, why: "three minutes are over", errors: errors)
  }
}

package struct TookTooLong: Error, CustomStringConvertible {
  let what: String
  let why: String
  let errors: String

  /// - Parameter errors: The program's standard error.
  package init(what: String, why: String, errors: String) {
    self.what = what
    self.why = why
    self.errors = errors
  }

  package var description: String { "waited for \(what), but \(why); it said:\n\(errors)" }
}
