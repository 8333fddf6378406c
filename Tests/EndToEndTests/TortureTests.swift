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
    let folder = try TemporaryFolder()
    let running = try scenarios.map { name in
      (name, try ChildProcess([program.path, name, "7", "1"], output: folder.path(name)))
    }
    for (name, process) in running {
      #expect(process.waitUntilExit() == 0, "\(name)")
      let text = try String(contentsOfFile: folder.path(name), encoding: .utf8)
      let fields = text.split(whereSeparator: \.isWhitespace)
      #expect(fields.count == 6 && Int(fields[3]) ?? 0 > 100, "\(text)")
      #expect(fields.suffix(2) == ["0", "0"], "\(text)")
    }
  }
}
