import Foundation
import Reporting
import Settings
import TestSupport
import Testing

/// Runs the built `harbinger`, in a folder of its own that holds a settings file.
private func check(
  _ yaml: String, files: [String: String] = [:], arguments: [String] = []
) throws -> (
  status: Int32, output: String, errors: String, files: [String]
) {
  let folder = URL.temporaryDirectory.appending(path: "harbinger-check-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }  // What is left is temporary anyway.
  for (name, text) in files.merging(["h.yaml": yaml], uniquingKeysWith: { $1 }) {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }
  let result = try ChildProcess.run(
    [Program.url.path, "check", "h.yaml"] + arguments, in: folder.path,
    environment: ["HOME": folder.path, "PATH": "/usr/bin:/bin"])
  return (
    result.status, result.output, result.errors,
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
  let result = try check(
    "sources: [{ name: a, files: a.log }]\nalert: { threshold: 0.7 }",
    files: ["a.log": combined(1)])
  #expect(result.status == 0)
  #expect(result.errors == "")
  let lines = result.output.split(separator: "\n").map { $0.split(separator: " ") }
  #expect(lines.contains(["alert.threshold", "0.7"]))
  // What nobody chose is not in the way.
  #expect(!result.output.contains("alert.clear") && result.output.contains("--all shows them)"))
  let all = try check(
    "sources: [{ name: a, files: a.log }]\nalert: { threshold: 0.7 }",
    files: ["a.log": combined(1)], arguments: ["--all"])
  #expect(all.output.contains("alert.clear") && all.output.contains("0.7"))
}

@Test func checkWarnsOfLogsThatAreNotThere() throws {
  let result = try check(
    "sources: [{ name: a, files: [a.log, /nowhere/*.log] }]", files: ["a.log": combined(1)])
  #expect(result.status == 0)
  #expect(
    result.errors
      == "warning: h.yaml:1:37: sources[0].files[1]: found no file '/nowhere/*.log' yet, "
      + "expected it to come\n")
}

@Test func checkFailsForWhatCannotBeOpened() throws {
  let result = try check(
    "sources: [{ name: a, socket: nowhere/s }, { name: b, journal: { directory: /nowhere } }]")
  #expect(result.status == 1)
  let warnings = result.errors.split(separator: "\n")
  #expect(warnings.count == 2)
  #expect(warnings.first?.contains("sources[0].socket: found ") == true)
  #expect(warnings.last?.contains("sources[1].journal: found /nowhere: No such file") == true)
}

@Test func checkWarnsOfExpressionsInPatterns() throws {
  let result = try check(
    """
    sources: [{ name: a, files: h.yaml, include: { path: ['/ok*', '^/api/.*'] } }]
    alert: { overrides: [{ stream: 'a:\\d+', threshold: 0.5 }] }
    """)
  let warnings = result.errors.split(separator: "\n")
  #expect(warnings.count == 2)
  #expect(warnings.first?.contains(":1:54: sources[0].include.path: found '^/api/.*'") == true)
  #expect(warnings.last?.contains("alert.overrides[0].stream: found 'a:\\\\d+'") == true)
}

/// Lines of a combined log.
private func combined(_ count: Int) -> String {
  (0..<count).map {
    #"192.0.2.1 - - [01/Jan/2026:0\#($0 % 10):00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x""# + "\n"
  }.joined()
}

/// Goal: the check says which parts of the time are inferred: from the lines if there are any, otherwise from the
/// format.
@Test func checkSaysWhatIsInferred() throws {
  let yaml = "sources: [{ name: a, files: a.log, format: syslog, time_zone: Europe/Berlin }]"
  let traditional = try check(yaml, files: ["a.log": "Nov 20 10:00:00 h p: x\n"])
  #expect(traditional.output.contains("  a: no year in the lines: "))
  #expect(
    traditional.output.contains("  a: no time zone in the lines: they are read in Europe/Berlin,"))
  let whole = try check(yaml, files: ["a.log": "2026-11-20T10:00:00Z h p: x\n"])
  #expect(whole.status == 0 && !whole.output.contains("in the lines: "))
  let zoneless = try check(yaml, files: ["a.log": "2026-11-20T10:00:00 h p: x\n"])
  #expect(!zoneless.output.contains("no year") && zoneless.output.contains("no time zone"))
  let absent = try check("sources: [{ name: a, files: /nowhere/a.log, format: syslog }]")
  #expect(absent.output.contains("  a: no year in the lines: "))
}

/// Goal: a log that is not read as intended is reported before the daemon starts. Method: a log in the format, one in
/// another, and one of which the settings exclude every line.
@Test func checkTriesTheLines() throws {
  let good = try check("sources: [{ name: a, files: a.log }]", files: ["a.log": combined(40)])
  #expect(good.status == 0)
  #expect(good.output.contains("  a: 40 of the first 40 lines of "))
  let local = try check(
    "sources: [{ name: a, files: a.log, time_zone: Europe/Berlin }]",
    files: ["a.log": combined(10)])
  #expect(local.output.contains("as combined; up to Thu 2026-01-01 10:00 CET\n"), "\(local.output)")
  let other = try check(
    "sources: [{ name: a, files: a.log, format: json }]", files: ["a.log": combined(40)])
  #expect(other.status == 1)
  #expect(
    other.output.contains("PROBLEM a: 0 of the first 40 lines")
      && other.output.contains("40 are rejected as malformed; they look like combined"))
  let filtered = try check(
    "sources: [{ name: a, files: a.log, include: { path: /b } }]", files: ["a.log": combined(40)])
  #expect(filtered.status == 1)
  #expect(filtered.output.contains("include and exclude keep out all of the first 40 lines"))
  let quiet = try check(
    "sources: [{ name: a, files: a.log, format: json }]", files: ["a.log": combined(40)],
    arguments: ["--quiet"])
  #expect(quiet.status == 0 && quiet.output == "")
}

@Test func checkTriesTheActions() throws {
  let result = try check(
    """
    sources: [{ name: a, files: h.yaml }]
    alert: { exec: [no-such-program], webhook: 'http://127.0.0.1:1/', webhook_secret: secret }
    """)
  #expect(result.status == 1)
  #expect(result.output.contains("PROBLEM exec: no program no-such-program"))
  #expect(result.output.contains("PROBLEM webhook_secret: no credential secret"))
  #expect(result.output.contains("PROBLEM webhook: 127.0.0.1 port 1 cannot be reached"))
}

/// Goal: sender and receiver do not differ in what the key of a signature is.
@Test(arguments: [
  "a secret of 24 bytes yes", "c2VjcmV0IG9mIDI0IGJ5dGVzIHllcw==", "whsec_", "whsec_?",
])
func checkRefusesASecretThatIsNotWrittenAsTheReceiverHasIt(secret: String) throws {
  let result = try check(
    """
    sources: [{ name: a, files: h.yaml }]
    alert: { webhook: 'http://127.0.0.1:1/', webhook_secret: ./secret }
    """, files: ["secret": secret + "\n"])
  #expect(
    result.output.contains(
      "PROBLEM webhook_secret: the secret ./secret is not whsec_ with a key in base 64 after it"))
}

@Test func checkChangesNothing() throws {
  let result = try check("sources: [{ name: a, files: h.yaml }]")
  #expect(result.files == ["h.yaml"])
}
