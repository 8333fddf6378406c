import Foundation
import Reporting
import Settings
import Testing

/// Runs the built `harbinger`, in a folder of its own that holds a settings file.
private func check(_ yaml: String) throws -> (
  status: Int32, output: String, errors: String, files: [String]
) {
  let folder = URL.temporaryDirectory.appending(path: "harbinger-check-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }  // What is left is temporary anyway.
  try Data(yaml.utf8).write(to: folder.appending(path: "h.yaml"))
  let process = Process()
  process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "harbinger")
  process.currentDirectoryURL = folder
  process.arguments = ["check", "h.yaml"]
  process.environment = ["HOME": folder.path]
  let output = Pipe()
  let errors = Pipe()
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  let outputBytes = try output.fileHandleForReading.readToEnd() ?? Data()
  let errorBytes = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (
    process.terminationStatus, String(decoding: outputBytes, as: UTF8.self),
    String(decoding: errorBytes, as: UTF8.self),
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
  )
}

@Test func checkOfBadSettingsExitsWith78AndSaysAllProblems() throws {
  let result = try check("sources: [{ name: a, files: /a, start: 3 }]\nalert: { clear: x }")
  #expect(result.status == 78)
  #expect(result.output == "")
  #expect(
    result.errors == """
      h.yaml:1:40: sources[0].start: found '3', expected one of beginning, end
      h.yaml:2:17: alert.clear: found 'x', expected a number from 0 to 1

      """)
}

@Test func checkOfGoodSettingsShowsWhatHolds() throws {
  let result = try check("sources: [{ name: a, files: h.yaml }]\nalert: { threshold: 0.7 }")
  #expect(result.status == 0)
  #expect(result.errors == "")
  let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
  #expect(lines.contains(["alert.threshold", "0.7"]))
}

@Test func checkWarnsOfLogsThatAreNotThere() throws {
  let result = try check("sources: [{ name: a, files: [h.yaml, /nowhere/*.log] }]")
  #expect(result.status == 0)
  #expect(
    result.errors
      == "warning: h.yaml:1:38: sources[0].files[1]: found no file '/nowhere/*.log' yet, "
      + "expected it to come\n")
}

@Test func checkWarnsOfWhatCannotBeOpened() throws {
  let result = try check(
    "sources: [{ name: a, socket: nowhere/s }, { name: b, journal: { directory: /nowhere } }]")
  #expect(result.status == 0)
  let warnings = result.errors.split(separator: "\n")
  #expect(warnings.count == 2)
  #expect(warnings.first?.contains("sources[0].socket: found ") == true)
  #expect(warnings.last?.contains("sources[1].journal: found /nowhere: No such file") == true)
}

@Test func checkChangesNothing() throws {
  let result = try check("sources: [{ name: a, files: h.yaml }]")
  #expect(result.files == ["h.yaml"])
}
