import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct QuickstartTests {
  /// Goal: no file remains, however the quickstart ends. Method: SIGKILL, which no program can handle, once its sample
  /// is open, that is, among the descriptors of the process and in no folder.
  @Test func nothingIsLeftOfAQuickstartThatIsKilled() throws {
    let folder = try TemporaryFolder()
    let temporary = folder.path("temporary")
    try FileManager.default.createDirectory(
      atPath: temporary, withIntermediateDirectories: false)
    let running = try RunningProgram(
      ["quickstart"], in: folder, environment: ["TMPDIR": temporary])
    let descriptors = "/proc/\(running.processIdentifier)/fd"
    try running.wait(for: "the sample to be open") {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: descriptors)) ?? []
      return names.contains { name in
        let target = try? FileManager.default.destinationOfSymbolicLink(
          atPath: "\(descriptors)/\(name)")
        return target?.hasPrefix(temporary) == true && target?.hasSuffix(" (deleted)") == true
      }
    }
    running.send(SIGKILL)
    #expect(running.waitUntilExit() == 128 + SIGKILL)
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
  }
}
