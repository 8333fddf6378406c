import Foundation

/// A separate clock for one program; see `Tests/CSetClock`.
struct SetClock {
  let file: String

  static let library = siblingProduct("libSetClock.so")

  init(file: String) throws {
    self.file = file
    try Data(count: 32).write(to: URL(filePath: file))
  }

  /// The environment variables, for env(1), that give a program this clock.
  var launcher: [String] { ["LD_PRELOAD=" + Self.library, "SET_CLOCK_FILE=" + file] }

  func set(forwardSeconds seconds: Int) throws { try write([Int64(seconds)], at: 0) }

  /// Lets the clock run this many times as fast as the machine's from now on.
  func run(timesAsFast factor: Int) throws {
    try write([Int64(factor - 1), Int64(Stage.now * 1e9)], at: 16)
  }

  /// Writes in place, because the program has mapped the file.
  private func write(_ numbers: [Int64], at offset: UInt64) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: numbers.withUnsafeBytes { Data($0) })
    try handle.close()
  }
}
