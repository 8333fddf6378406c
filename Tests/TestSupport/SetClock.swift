internal import Foundation

/// A clock that a test sets and a machine that it puts to sleep, for one program: see `Tests/CSetClock`.
package struct SetClock {
  private let file: URL

  package init(in folder: TemporaryFolder) throws {
    file = URL(filePath: folder.path("clock"))
    try Data(count: 16).write(to: file)
  }

  /// For the program that is to have this clock.
  package var environment: [String: String] {
    let library = Program.url.deletingLastPathComponent().appending(path: "libSetClock.so")
    return ["LD_PRELOAD": library.path, "SET_CLOCK_FILE": file.path]
  }

  /// - Parameters:
  ///   - forwardSeconds: As against the true time; less than zero: back.
  ///   - asleepSeconds: For how long the machine has slept up to now.
  package func set(forwardSeconds: Int64 = 0, asleepSeconds: Int64 = 0) throws {
    // In place, for the program has mapped it; the whole at once.
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: withUnsafeBytes(of: (forwardSeconds, asleepSeconds)) { Data($0) })
    try handle.close()
  }
}
