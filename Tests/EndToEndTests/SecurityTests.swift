import Foundation
import Glibc
import TestSupport
import Testing

/// The documentation's page about security, compared with the program and its files.
@Suite struct SecurityTests {

  /// The cells of every row of a table that begins with this heading.
  private func rows(ofTable heading: String) throws -> [[String]] {
    let path = "Sources/harbinger/Documentation.docc/Security.md"
    let text = try String(contentsOf: Checkout.root.appending(path: path), encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("| \(heading) |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
    return lines.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private func quoted(_ cell: String) -> [String] {
    cell.matches(of: /`([^`]+)`/).map { String($0.output.1) }
  }

  private func testSources() throws -> String {
    let tests = Checkout.root.appending(path: "Tests")
    let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    return try (files ?? []).map { try String(contentsOf: $0, encoding: .utf8) }.joined()
  }

  @Test func everyRowNamesTestsThatThereAre() throws {
    let sources = try testSources()
    let rows = try rows(ofTable: "from")
    #expect(rows.count >= 15)
    for row in rows {
      try #require(row.count == 4, "\(row)")
      let names = quoted(row[3])
      #expect(!names.isEmpty, "\(row[0])")
      for name in names { #expect(sources.contains("func \(name)("), "there is no test \(name)") }
    }
  }

  @Test(.enabled(if: SystemdTestbed.has("systemd-analyze"), "needs systemd-analyze"))
  func theUnitIsExposedNoMoreThanHalfAPoint() throws {
    let unit = Checkout.root.appending(path: "deploy/harbinger.service").path
    let result = try SystemdTestbed.run([
      "/usr/bin/env", "systemd-analyze", "security", "--no-pager", "--offline=yes",
      // In tenths.
      "--threshold=5", unit,
    ])
    #expect(result.status == 0, "\(result.text)")
    #expect(result.text.contains("Overall exposure level for harbinger.service"))
  }

  /// Goal: the page names every file that a script of the package or the unit writes. Method: in a machine of its own
  /// the package is installed, works, is reloaded and purged, and what has changed meanwhile is looked up.
  @Test(
    .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"))
  func everyFileThatIsWrittenIsListed() throws {
    let machine = try SystemdTestbed()
    try machine.buildPackage(version: "1.0")
    try machine.writeLog(DailyLog(days: 20, hoursFromNow: 4).lines)
    // Wait, because the clock of file times is coarse.
    try machine.shell("touch /tmp/before; sleep 0.1; dpkg -i /tmp/harbinger_1.0_*.deb")
    let own = Set(try machine.shell("dpkg -L harbinger").split(separator: "\n").map(String.init))
    try machine.write(SystemdTestbed.settings, to: SystemdTestbed.settingsFile)
    try machine.shell("systemctl restart harbinger")
    try machine.status(where: "s['sources'][0]['counted'] == 20")
    try machine.shell("systemctl kill -s USR1 harbinger; systemctl reload harbinger")
    try machine.status(where: "s['training']['runs'] >= 0")
    let find =
      "find /etc /usr /var /run /root /home /opt /srv /boot -xdev "
      + #"\( -path /var/tmp -o -path /var/log/watched -o -path '*/.cache' \) -prune -o "#
      + #"\( -type f -o -type l \) -cnewer /tmp/before -print"#
    let running = try machine.shell(find).split(separator: "\n").map(String.init)
    try machine.shell("dpkg -P harbinger")
    let purged = try machine.shell(find).split(separator: "\n").map(String.init)
    let rows = try rows(ofTable: "path")
    let patterns = rows.flatMap { quoted($0[0]) }
    func isListed(_ path: String) -> Bool { patterns.contains { fnmatch($0, path, 0) == 0 } }
    // `/lib` is a link to `/usr/lib` here.
    for path in running + purged
    where !own.contains(path) && !own.contains(path.replacing("/usr/lib/", with: "/lib/")) {
      #expect(isListed(path), "written and not listed: \(path)")
    }
    // And what the service itself writes is there.
    for (row, pattern) in zip(rows, patterns) where row[1] == "the service" {
      #expect(
        running.contains { fnmatch(pattern, $0, 0) == 0 }, "listed and not written: \(pattern)")
    }
    #expect(!purged.contains { $0.contains("/var/lib/private/harbinger") })
  }
}
