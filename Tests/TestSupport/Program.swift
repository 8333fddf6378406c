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

  package typealias Result = ChildProcess.Result

  /// Runs the program until it ends.
  package static func run(
    _ arguments: [String], in folder: TemporaryFolder, input: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws -> Result {
    let running = try RunningProgram(
      arguments, in: folder, input: input, environment: environment)
    let status = running.waitUntilExit()
    return Result(
      status: status, output: running.output, errors: running.errors)
  }
}

/// A running `harbinger`; it is killed when the last reference is released.
package final class RunningProgram {
  private let process: ChildProcess
  private let outputPath: String
  private let errorsPath: String

  package init(
    _ arguments: [String], in folder: TemporaryFolder, input: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws {
    let stem = "program-\(UUID())"
    outputPath = folder.path("\(stem).output")
    errorsPath = folder.path("\(stem).errors")
    // Nothing of the session that runs the tests, such as a journal or a service manager.
    let own = ["HOME": folder.url.path, "PATH": "/usr/bin:/bin", "TZ": "UTC"]
    process = try ChildProcess(
      [Program.url.path] + arguments, in: folder.url.path,
      environment: own.merging(environment) { $1 }, input: input?.fileDescriptor,
      output: outputPath, errors: errorsPath)
  }

  package var processIdentifier: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.isRunning }
  package var output: String { Self.text(outputPath) }
  package var errors: String { Self.text(errorsPath) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  package func send(_ signal: Int32) { process.send(signal) }

  /// As of `ChildProcess`.
  @discardableResult package func waitUntilExit() -> Int32 { process.waitUntilExit() }

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
