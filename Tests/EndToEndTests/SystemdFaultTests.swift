import Alerts
import Foundation
import Host
import Reporting
import TestSupport
import Testing

/// Failures around the service, and how they are reported.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdFaultTests {
  let machine: SystemdTestbed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)

  init() throws { machine = try SystemdTestbed() }

  @Test func killedServiceComesBackAndCountsEveryLineOnce() throws {
    try machine.startService(log: daily.lines)
    for _ in 0..<3 {
      try machine.append(DailyLog.now(count: 50))
      let pid = try machine.shell("systemctl show -P MainPID harbinger")
      try machine.shell("systemctl kill --kill-whom=main -s KILL harbinger")
      try machine.append(DailyLog.now(count: 50))
      try machine.eventually(
        "systemctl is-active --quiet harbinger && test $(systemctl show -P MainPID harbinger) != \(pid)"
      )
    }
    let status = try machine.status(where: "s['sources'][0]['counted'] >= 340")
    let source = (status["sources"] as? [[String: Any]])?.first
    #expect(source?["counted"] as? Int == 340)
  }

  @Test func loopThatNoLongerTurnsIsRestarted() throws {
    try machine.startService(log: daily.lines)
    // Long enough for a busy machine to leave it alone while it turns.
    try machine.configureUnit("WatchdogSec=10s\nTimeoutAbortSec=1s")
    try machine.shell("systemctl restart harbinger")
    let lastSign = "$(systemctl show -P WatchdogTimestampMonotonic harbinger)"
    for _ in 0..<2 {
      let sign = try machine.shell("echo \(lastSign)")
      try machine.eventually("test \(lastSign) != \(sign)")
    }
    let pid = try machine.shell("systemctl show -P MainPID harbinger")
    try machine.shell("systemctl kill --kill-whom=main -s STOP harbinger")
    try machine.eventually(
      "systemctl is-active --quiet harbinger && test $(systemctl show -P MainPID harbinger) != \(pid)"
    )
    try machine.eventually("journalctl -q -o cat -u harbinger | grep -i 'watchdog timeout'")
  }

  @Test func lineIsReadAfterItsFolderWasGoneAndCameBack() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    try machine.shell("mv /var/log/watched /var/log/elsewhere")
    try machine.status(
      where: "s['sources'][0]['present_files'] == 0 or s['sources'][0]['problems']")
    try machine.writeLog(DailyLog.now(count: 1))
    try machine.status(where: "s['sources'][0]['counted'] == 41")
  }

  @Test func secondDaemonIsRefusedNamingTheFirst() throws {
    try machine.startService(log: daily.lines)
    let pid = try machine.shell("systemctl show -P MainPID harbinger")
    let second = try machine.attempt(
      "STATE_DIRECTORY=/var/lib/private/harbinger harbinger run --config \(SystemdTestbed.settingsFile)"
    )
    #expect(second.status == 75)
    #expect(second.text.contains("process \(pid)"))
  }

  @Test func fullDiskStopsNoCountAndIsReportedUntilItIsFree() throws {
    // Room for an empty state, not for what forty days come to.
    try machine.shell(
      "mkdir -p -m 700 /var/lib/private/harbinger"
        + " && mount -t tmpfs -o size=32M tmpfs /var/lib/private/harbinger"
        + " && dd if=/dev/zero of=/var/lib/private/harbinger/ballast bs=1M count=30 2>&1")
    try machine.startService(log: daily.lines)
    try machine.status(where: "'no space left' in str(s['problems'])")
    #expect(try !machine.entries(messageID: AlertKind.stateProblem.messageID, atLeast: 1).isEmpty)

    try machine.append(DailyLog.now(count: 1))
    try machine.shell("rm /var/lib/private/harbinger/ballast")
    try machine.status(where: "not s['problems'] and s['sources'][0]['counted'] == 41")
    try machine.shell(
      "systemctl kill --kill-whom=main -s KILL harbinger; systemctl restart harbinger")
    try machine.status(where: "s['sources'][0]['counted'] == 41")
  }

  @Test func restartedJournalGetsTheNextEntry() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("systemctl restart systemd-journald")
    try machine.shell("systemctl kill --kill-whom=main -s USR2 harbinger")
    #expect(try !machine.entries(messageID: MessageID.summary.rawValue, atLeast: 1).isEmpty)
  }

  @Test func alertWaitsForTheJournalAndFollowsOnce() throws {
    try machine.startService(log: [])
    let journal = "systemd-journald.service systemd-journald{,-dev-log}.socket"
    try machine.shell("systemctl stop \(journal) 2>&1")
    try machine.append(daily.lines)
    try machine.status(where: "'alerts' in str(s['problems'])")

    try machine.shell("systemctl start \(journal)")
    try machine.status(where: "not s['problems']")
    #expect(try machine.entries(messageID: AlertKind.upcoming.messageID, atLeast: 1).count == 1)
  }

  /// Goal: ten thousand signals during training, writing and rotation change no count.
  @Test func stormOfSignalsChangesNoCount() throws {
    try machine.startService(log: daily.lines)
    let pid = try machine.shell("systemctl show -P MainPID harbinger")
    try machine.write(
      """
      import os, signal
      for n in range(10_000):
          os.kill(\(pid), (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)[n % 3])

      """, to: "/storm.py")
    try machine.shell("systemd-run --unit storm python3 /storm.py")
    let log = SystemdTestbed.log
    for round in 0..<5 {
      try machine.append(DailyLog.now(count: 20))
      try machine.shell("mv \(log) \(log).\(round) && install -g adm -m 640 /dev/null \(log)")
      try machine.append(DailyLog.now(count: 20))
    }
    try machine.eventually("! systemctl is-active --quiet storm")
    let status = try machine.status(where: "s['sources'][0]['counted'] >= 240")
    let source = (status["sources"] as? [[String: Any]])?.first
    #expect(source?["counted"] as? Int == 240)
    #expect(try machine.shell("systemctl show -P MainPID harbinger") == pid)
  }

  @Test func stateThatCannotBeWrittenEndsTheStartWithItsName() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("systemctl stop harbinger")
    try machine.configureUnit("ReadOnlyPaths=/var/lib/private/harbinger\nRestart=no")
    #expect(try machine.attempt("systemctl start harbinger").status != 0)
    #expect(try machine.shell("systemctl show -P ExecMainStatus harbinger") == "74")
    let said = try machine.shell("journalctl -o cat -u harbinger")
    #expect(said.contains("/var/lib/harbinger/harbinger.sqlite"))
    #expect(said.contains("Read-only file system") && !said.contains("another harbinger"))
  }

  /// Goal: a service that is killed for lack of memory loses nothing.
  @Test func serviceWithoutMemoryLosesNoLine() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    try machine.configureUnit("MemoryMax=2M\nMemorySwapMax=0\nTimeoutStartSec=10s\nRestart=no")
    _ = try machine.attempt("systemctl restart harbinger")
    guard try machine.attempt("systemctl is-active --quiet harbinger").status != 0 else {
      // Where the machine's memory controller is out of the testbed's reach, nothing can be seen.
      return
    }
    let result = try machine.shell("systemctl show -P Result harbinger")
    #expect(["signal", "oom-kill", "core-dump", "timeout"].contains(result))
    try machine.append(DailyLog.now(count: 5))
    try machine.configureUnit("MemoryMax=1G")
    try machine.shell("systemctl reset-failed harbinger; systemctl start harbinger")
    try machine.status(where: "s['sources'][0]['counted'] == 45")
  }

  @Test func damagedStateIsReportedAndLearnedAgain() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    try machine.shell("systemctl stop harbinger")
    let folder = "/var/lib/private/harbinger"
    try machine.shell(
      "dd if=/dev/urandom of=\(folder)/harbinger.sqlite bs=4096 seek=1 count=10 conv=notrunc 2>&1")
    try machine.shell("systemctl start harbinger")
    let entry = try #require(
      try machine.entries(messageID: AlertKind.stateProblem.messageID, atLeast: 1).first)
    #expect(entry["PRIORITY"] as? String == "3")
    #expect((entry["HARBINGER_REASON"] as? String)?.contains("learned anew from the logs") == true)
    try machine.status(where: "s['problems'] and s['sources'][0]['counted'] == 40")
    try machine.shell("ls \(folder)/harbinger.sqlite.damaged-*Z")
    #expect(try machine.attempt("harbinger status --check").status == 2)
  }
}
