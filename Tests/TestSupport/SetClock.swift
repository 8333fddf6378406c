internal import Foundation

/// Lets a test set the clock that one program sees, and put its machine to sleep: see `Tests/CSetClock`.
package struct SetClock {
  private let file: URL

  package init(in folder: TemporaryFolder) throws {
    file = URL(filePath: folder.path("clock"))
    try Data(count: 16).write(to: file)
  }

  /// Environment variables for the program that shall see this clock.
  package var environment: [String: String] {
    let library = Program.url.deletingLastPathComponent().appending(path: "libSetClock.so")
    return ["LD_PRELOAD": library.path, "SET_CLOCK_FILE": file.path]
  }

  /// - Parameters:
  ///   - forwardSeconds: Offset to the true time; negative sets the clock back.
  ///   - asleepSeconds: How long the machine has slept in total.
  package func set(forwardSeconds: Int64 = 0, asleepSeconds: Int64 = 0) throws {
    // In place, because the program has mapped the file, and in one write.
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: withUnsafeBytes(of: (forwardSeconds, asleepSeconds)) { Data($0) })
    try handle.close()
  }
}
