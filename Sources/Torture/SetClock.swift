import Foundation

/// A clock for one program: see `Tests/CSetClock`.
struct SetClock {
  let file: String

  static let library = builtBesideUs("libSetClock.so")

  init(file: String) throws {
    self.file = file
    try Data(count: 32).write(to: URL(filePath: file))
  }

  /// Starts a program that has this clock.
  var launcher: [String] { ["LD_PRELOAD=" + Self.library, "SET_CLOCK_FILE=" + file] }

  func set(forwardSeconds seconds: Int) throws {
    // In place, for the program has mapped it.
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.write(contentsOf: withUnsafeBytes(of: Int64(seconds)) { Data($0) })
    try handle.close()
  }

  /// From now on the clock goes so many times as fast as the machine's.
  func run(timesAsFast factor: Int) throws {
    let since = Int64(Stage.now * 1e9)
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seek(toOffset: 16)
    try handle.write(contentsOf: withUnsafeBytes(of: (Int64(factor - 1), since)) { Data($0) })
    try handle.close()
  }
}
