import Foundation
import Glibc
import Monitoring
import Reporting
import Storage
import TestSupport
import Testing

/// Files that begin with a description of their lines, through restarts of the daemon.
@Suite(.serialized) struct HeaderTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    var settings: String
    var header: String
    var line: @Sendable (Int) -> String

    var testDescription: String { settings }
  }

  /// Two hours ago, so that there are few hours to close.
  static let start = Int(Date().timeIntervalSince1970) - 7_200

  static let kinds = [
    Kind(settings: "format: csv, key: '{host}'", header: "host,time\n") { "a,\(start + $0)\n" },
    Kind(
      settings: "format: w3c, key: '{host}'", header: "#Version: 1.0\n#Fields: c-ip date time\n"
    ) {
      let date = Date(timeIntervalSince1970: Double(start + $0)).ISO8601Format()
      return "a \(date.prefix(10)) \(date.dropFirst(11).prefix(8))\n"
    },
    Kind(settings: "format: swf, key: '{user}'", header: "; UnixStartTime: \(start)\n") {
      "1 \($0) 0 0 1 0 0 1 0 0 1 a 0 0 0 0 0 0\n"
    },
  ]

  /// Goal: after a restart lines are still understood: in the file as it grew, in one that was rotated and
  /// compressed meanwhile, and in the new one. Method: a third of the lines before, a third into what is
  /// rotated and compressed while it is down, a third into the next file with the header again.
  @Test(arguments: kinds)
  func everyLineIsCountedAcrossARestart(kind: Kind) throws {
    let bed = try DaemonBed()
    try bed.folder.write(
      """
      sources: [{ name: web, files: \(bed.logPath), \(kind.settings) }]
      training: { every: 720h, hidden: [4], epochs: 1, max_rows: 1000 }
      state: \(bed.statePath)
      status: \(bed.statusPath)

      """, to: "harbinger.yaml")
    func lines(_ numbers: Range<Int>) -> String { numbers.map(kind.line).joined() }
    func count(_ expected: Int, _ daemon: RunningProgram) throws {
      try daemon.wait(for: "\(expected) lines to be counted") {
        try StateFile(readingAt: bed.statePath).counts().filter { $0.key.stream == "web:a" }
          .values.reduce(0, +) == expected
      }
    }
    try bed.append(kind.header + lines(0..<100))
    let first = try bed.start()
    try count(100, first)
    first.send(SIGTERM)
    #expect(first.waitUntilExit() == 0)

    try bed.append(lines(100..<150))
    let second = try bed.start()
    try count(150, second)
    second.send(SIGTERM)
    #expect(second.waitUntilExit() == 0)

    try bed.append(lines(150..<200))
    try bed.rotate()
    _ = try ChildProcess.run(["gzip", "\(bed.logPath).1"])
    try bed.append(kind.header + lines(200..<300))
    let third = try bed.start()
    try count(300, third)
    third.send(SIGTERM)
    #expect(third.waitUntilExit() == 0)
  }
}
