internal import Foundation

/// Lets a test stop one program before a call of a function: see `Tests/CPauseAtCall`.
package struct PauseAtCall {
  private let file: URL

  /// - Parameter name: Of the program; its own in the folder.
  package init(in folder: TemporaryFolder, name: String) {
    file = URL(filePath: folder.path("\(name).pause"))
  }

  /// Environment variables for the program that shall wait.
  package var environment: [String: String] {
    let library = Program.url.deletingLastPathComponent().appending(path: "libPauseAtCall.so")
    return ["LD_PRELOAD": library.path, "PAUSE_FILE": file.path]
  }

  /// Where to wait.
  package struct Step: CustomStringConvertible, Sendable {
    /// `member`, or `partition` for its processes.
    package var program = "member"
    package var function: String
    /// Of the calls from now on.
    package var number = 1

    package init(_ function: String, number: Int = 1, in program: String = "member") {
      self.program = program
      self.function = function
      self.number = number
    }

    package var description: String { "\(program) \(function) \(number)" }
  }

  package func arm(_ step: Step) throws {
    try? FileManager.default.removeItem(at: reached)
    try Data(step.description.utf8).write(to: file, options: .atomic)
  }

  /// Whether the program waits there.
  package var isReached: Bool { FileManager.default.fileExists(atPath: reached.path) }

  private var reached: URL { file.appendingPathExtension("reached") }

  /// Lets the program go on, and not wait any more.
  package func release() { try? FileManager.default.removeItem(at: file) }
}
