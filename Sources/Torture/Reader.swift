import Foundation
import Glibc

/// A program that follows the log; it is killed with the last reference.
final class Reader {
  let kind: Kind
  /// The lines that it has read so far, by block.
  let counts: () -> [Int: Int]
  private let folder: String
  private let command: [String]
  private var process: Process?
  /// How often it had logged its start before the latest start.
  private var startsBefore = 0

  private static let startMessage = "Harbinger started"

  enum Kind: String {
    case harbinger, tail, rsyslog, mtail

    /// Whether it promises to continue at its position after a restart.
    var remembers: Bool { self == .harbinger || self == .rsyslog }
  }

  /// - Parameter command: The program and its arguments.
  init(_ kind: Kind, folder: String, command: [String], counts: @escaping () -> [Int: Int]) {
    self.kind = kind
    self.folder = folder
    self.command = command
    self.counts = counts
  }

  deinit { stop(SIGKILL) }

  func start() throws {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try appending(to: "output")
    process.standardError = try appending(to: "errors")
    startsBefore = occurrences(of: Self.startMessage)
    try process.run()
    self.process = process
  }

  private func appending(to name: String) throws -> FileHandle {
    let path = folder + "/" + name
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    return handle
  }

  /// Whether it has started; only Harbinger reports that.
  var isWatching: Bool {
    kind != .harbinger || occurrences(of: Self.startMessage) > startsBefore
  }

  /// How often a text occurs in its messages.
  func occurrences(of text: String) -> Int {
    let said = FileManager.default.contents(atPath: folder + "/errors") ?? Data()
    return String(decoding: said, as: UTF8.self).ranges(of: text).count
  }

  var processIdentifier: Int32? { process?.processIdentifier }

  func stop(_ signal: Int32) {
    send(signal)
    process?.waitUntilExit()
    process = nil
  }

  func send(_ signal: Int32) {
    if let process, process.isRunning { kill(process.processIdentifier, signal) }
  }
}

struct Failure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

func shell(_ command: String) throws {
  let process = Process()
  process.executableURL = URL(filePath: "/bin/sh")
  process.arguments = ["-c", command]
  try process.run()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw Failure(command) }
}
