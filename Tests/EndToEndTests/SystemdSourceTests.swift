import Foundation
import Host
import Reporting
import TestSupport
import Testing

/// Lines that systemd brings: out of its journal, and by a socket as its own for syslog.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdSourceTests {
  let machine: SystemdTestbed

  init() throws { machine = try SystemdTestbed() }

  private static let settings = """
    sources:
      - name: requests
        journal: { unit: web.service }
        format: combined
      - name: entries
        journal: { identifier: [deploy, restore] }
        key: '{SYSLOG_IDENTIFIER}'
      - name: everything
        journal: {}
        start: end
      - name: datagrams
        socket: /run/harbinger/syslog.sock

    """

  /// Writes to the journal as a unit's standard output, and by the two programs.
  private func write(_ count: Int) throws {
    try machine.write(DailyLog.now(count: count).map { $0 + "\n" }.joined(), to: "/tmp/lines")
    try machine.shell("systemd-run -q --unit web --wait --collect cat /tmp/lines")
    try machine.shell(
      "for n in {1..\(count)}; do logger -t deploy $n; logger -t restore $n; done")
  }

  private func send(_ count: Int) throws {
    let message = try #require(DailyLog.now(count: 1).first)
    try machine.write(message, to: "/tmp/message")
    try machine.shell(
      "su nobody -s /bin/bash -c 'for n in {1..\(count)}; do"
        + " logger --rfc3164 -t nginx -u /run/harbinger/syslog.sock \"$(cat /tmp/message)\"; done'")
  }

  private func counted(_ requests: Int, _ entries: Int, _ datagrams: Int) -> String {
    "[s['sources'][n]['counted'] for n in (0, 1, 3)] == [\(requests), \(entries), \(datagrams)]"
  }

  /// Goal: entries count once through restarts, rotation and vacuum of the journal; what may not be read is
  /// said with the groups that may.
  @Test func journalAndSocketAreCountedAndWhatIsForbiddenIsReported() throws {
    try machine.startService(log: [], settings: Self.settings)
    try write(20)
    try send(30)
    let status = try machine.status(where: counted(20, 40, 30))
    #expect(try JSONSchema.status.violations(of: status) == [])
    // Whatever is written here is among everything.
    let everything = (status["sources"] as? [[String: Any]])?[2]
    #expect((everything?["counted"] as? Int ?? 0) >= 60)

    try machine.shell("systemctl stop harbinger; test ! -e /run/harbinger/syslog.sock")
    try write(5)
    try machine.shell("journalctl --rotate")
    try write(5)
    try machine.shell("systemctl start harbinger")
    try send(1)
    try machine.status(where: counted(30, 60, 31))
    try machine.shell("systemctl reload harbinger")
    try send(1)
    try machine.status(where: counted(30, 60, 32))

    // The place is vacuumed away while it is down.
    try machine.shell("systemctl stop harbinger; journalctl --rotate; journalctl --vacuum-time=1us")
    try write(5)
    try machine.shell("systemctl start harbinger")
    try machine.status(where: counted(35, 70, 32) + " and s['sources'][0]['problems']")

    try machine.configureUnit("SupplementaryGroups=")
    try machine.shell("systemctl restart harbinger")
    let blind = try machine.status(where: "'systemd-journal' in str(s['sources'][0]['problems'])")
    #expect(try JSONSchema.status.violations(of: blind) == [])
    try machine.eventually(
      "journalctl -q -p err -o json MESSAGE_ID=\(MessageID.sourceProblem.rawValue)"
        + " | grep -q 'systemd-journal or adm'")
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
  }
}
