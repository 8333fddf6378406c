import Foundation
import Settings
import TestSupport
import Testing

/// A second of each of a few scenarios of `deploy/torture`, all at once.
@Suite struct TortureTests {
  @Test func noLineIsLostOrCountedTwice() throws {
    let scenarios = [
      "rename-late-reopen", "copytruncate-burst", "chain-faster-than-read",
      "compressed-while-down.gz", "killed-while-rotated", "queue-overflow", "clock-steps",
      "busy-copytruncate-gzip",
    ]
    let program = Program.url.deletingLastPathComponent().appending(path: "Torture")
    let running = try scenarios.map { name in
      let process = Process()
      process.executableURL = program
      process.arguments = [name, "7", "1"]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      return (name: name, process: process, output: output)
    }
    for (name, process, output) in running {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(name)")
      let fields = text.split(whereSeparator: \.isWhitespace)
      #expect(fields.count == 6 && Int(fields[3]) ?? 0 > 100, "\(text)")
      #expect(fields.suffix(2) == ["0", "0"], "\(text)")
    }
  }
}
