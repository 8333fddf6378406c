import Alerts
import Foundation
import Host
import Interchange
import Reporting
import TestSupport
import Testing

/// The installed service on a real systemd, journald and D-Bus; one machine for each test.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdTests {
  let machine: SystemdTestbed

  init() throws { machine = try SystemdTestbed() }

  /// Forty days of one request a day, at an hour that begins four hours after the present one: five or
  /// six hours before it, at the end of an hour that has just closed, it is told.
  private let daily = DailyLog(days: 40, hoursFromNow: 4)

  @Test func installedServiceIsReadyAndTellsItsStatus() throws {
    try machine.startService(log: daily.lines)
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
    // It can be asked at once.
    try machine.eventually("harbinger status")
    let status = try machine.status(where: "s['sources'][0]['counted'] == 40")
    #expect((status["problems"] as? [String]) == [])
    #expect(try JSONSchema.status.violations(of: status) == [])
    #expect(try machine.shell("cat /run/harbinger/metrics.prom").contains("harbinger_build_info"))
    #expect(try machine.shell("systemctl show -P StatusText harbinger").contains("stream"))
    #expect(try machine.shell("su nobody -s /bin/sh -c 'harbinger status'").contains("backup"))
    let news = try machine.entries(messageID: MessageID.trained.rawValue)
    #expect(news.count <= 1)
    // Stopped, it is missed where it was.
    try machine.shell("systemctl stop harbinger")
    let gone = try machine.attempt("harbinger status --check")
    #expect(gone.text.hasPrefix("HARBINGER UNKNOWN - /run/harbinger/status.json is not there"))
  }

  @Test func unitIsConfinedAndWithoutFault() throws {
    try machine.startService(log: daily.lines)
    #expect(try machine.attempt("systemd-analyze verify harbinger.service").text == "")
    // The threshold is in tenths: 0.5.
    try machine.shell("systemd-analyze security --no-pager --threshold=5 harbinger.service")
    let facts = try machine.shell(
      "grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' "
        + "/proc/$(systemctl show -P MainPID harbinger)/status")
    #expect(!facts.contains("Uid:\t0\t"))
    for fact in ["CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
      #expect(facts.contains(fact))
    }
  }

  @Test func likelyRequestIsInTheJournalOnceWhateverIsRestarted() throws {
    try machine.startService(log: daily.lines)
    let alert = try #require(
      try machine.entries(messageID: AlertKind.upcoming.messageID, atLeast: 1).first)
    #expect(alert["HARBINGER_STREAM"] as? String == "backup")
    #expect(alert["PRIORITY"] as? String == "5")
    #expect((alert["HARBINGER_HOUR"] as? String)?.hasPrefix(daily.nextHour) == true)
    let probability = try #require((alert["HARBINGER_PROBABILITY"] as? String).flatMap(Double.init))
    #expect((0.3...1).contains(probability))
    #expect((alert["HARBINGER_ALERT_ID"] as? String)?.count == 16)
    #expect(
      try machine.shell("journalctl -x -o short MESSAGE_ID=\(AlertKind.upcoming.messageID)")
        .contains("A request to backup is likely"))

    try machine.shell("systemctl restart harbinger")
    try machine.status(where: "s['sources'][0]['lag_bytes'] == 0")
    #expect(try machine.entries(messageID: AlertKind.upcoming.messageID).count == 1)
    // The commands find the service's state, where the settings name none.
    #expect(try machine.shell("harbinger alerts").contains("upcoming"))
    #expect(try machine.shell("harbinger explain backup \(daily.nextHour)").contains("p = 0."))
  }

  /// Goal: journalctl's explanations have no unfilled placeholders. Method: a made-up alert of each kind.
  @Test func everyKindOfAlertIsExplained() throws {
    try machine.startService(log: [])
    for kind in AlertKind.all {
      let said = try machine.shell("harbinger alert-test --kind '\(kind.name)'")
      #expect(said.contains("journal: delivered, with MESSAGE_ID=\(kind.messageID)"))
      let entry = try #require(try machine.entries(messageID: kind.messageID, atLeast: 1).first)
      #expect(entry["HARBINGER_IS_TEST"] as? String == "1")
      #expect((entry["CODE_FILE"] as? String)?.hasSuffix(".swift") == true)
      let shown = try machine.shell("journalctl -x -o short MESSAGE_ID=\(kind.messageID)")
      #expect(shown.contains("Subject: ") && shown.contains("man:harbinger(1)"))
      #expect(!shown.contains("@HARBINGER") && !shown.contains(": .") && !shown.contains("  of "))
    }
  }

  /// Goal: a stream's name from a log line is only ever a value. Method: a name that imitates a journal entry, with a
  /// field, a priority and another name.
  @Test func hostileStreamMakesNoFieldOfTheJournal() throws {
    let hostile = #"/a\nPRIORITY=0\nMESSAGE=forged\nHARBINGER_HOUR=never\u0001\u001b[31m"#
    let settings =
      SystemdTestbed.settings.replacing(
        "files: \(SystemdTestbed.log)",
        with: """
          files: \(SystemdTestbed.log)
              format: json
              key: '{path}'
              unit: web.service
          """)
    let lines = daily.moments.map {
      #"{"time": "\#($0.formatted(.iso8601))", "path": "\#(hostile)"}"#
    }
    try machine.startService(log: lines, settings: settings)
    let alert = try #require(
      try machine.entries(messageID: AlertKind.upcoming.messageID, atLeast: 1).first)
    // Not printable, it is shown as bytes.
    let stream = (alert["HARBINGER_STREAM"] as? [Int])?.map { UInt8($0) } ?? []
    #expect(
      String(decoding: stream, as: UTF8.self)
        == "backup:/a\nPRIORITY=0\nMESSAGE=forged\nHARBINGER_HOUR=never\u{1}\u{1b}[31m")
    #expect(alert["PRIORITY"] as? String == "5")
    let message = try #require(alert["MESSAGE"] as? String)
    #expect(message.hasPrefix(#"A request to backup:/a\nPRIORITY=0\nMESSAGE=forged\nHARBINGER_H"#))
    #expect(message.contains(#"never\x01\x1b[31m is likely at "#))
    let habit = try #require(alert["HARBINGER_HABIT"] as? String)
    #expect(habit.contains(" of the last ") && message.hasSuffix("): \(habit)"))
    #expect(
      message.contains(" is likely at \(alert["HARBINGER_LOCAL_TIME"] as? String ?? "?") (p 0."))
    #expect((alert["HARBINGER_HOUR"] as? String)?.hasPrefix(daily.nextHour) == true)
    #expect(alert["OBJECT_SYSTEMD_UNIT"] as? String == "web.service")
    #expect(
      try machine.shell("journalctl -o cat OBJECT_SYSTEMD_UNIT=web.service")
        .contains("is likely at"))
  }

  @Test func userSignalTrainsNow() throws {
    try machine.startService(log: daily.lines)
    try machine.status(
      where: "s['sources'][0]['counted'] == 40 and not s['training']['is_running']")
    let before = try machine.entries(messageID: MessageID.trained.rawValue).count
    try machine.shell("systemctl kill --kill-whom=main -s USR1 harbinger")
    let after = try machine.entries(messageID: MessageID.trained.rawValue, atLeast: before + 1)
    #expect(after.last?["PRIORITY"] as? String == "6")
  }

  @Test func reloadTakesNewSettings() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("sed -i 's/threshold: 0.3/threshold: 0.4/' \(SystemdTestbed.settingsFile)")
    try machine.shell("systemctl reload harbinger")
    let entry = try #require(
      try machine.entries(messageID: MessageID.reloaded.rawValue, atLeast: 1).first)
    #expect((entry["HARBINGER_CHANGES"] as? String)?.contains("alert.threshold") == true)
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
  }

  @Test func badSettingsAreRefusedByTheReloadAndTheOldOnesStay() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("echo 'thresold: 1' >>\(SystemdTestbed.settingsFile)")
    #expect(try machine.attempt("systemctl reload harbinger").status != 0)
    let entry = try #require(
      try machine.entries(messageID: MessageID.reloadFailed.rawValue, atLeast: 1).first)
    #expect((entry["HARBINGER_REASON"] as? String)?.contains("thresold") == true)
    let status = try machine.status(where: "s['problems']")
    #expect((status["problems"] as? [String])?.first?.contains("thresold") == true)
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
  }

  /// From systemd 253 on; with the drop-in it sends the signal itself, and the result still says what is bad.
  @Test(
    .enabled(
      if: SystemdTestbed.knowsNotifyReload,
      "needs systemd 253: TESTBED_UP='--prepare …/systemd-testbed/backports-systemd'"))
  func notifyReloadTakesGoodSettingsAndRefusesBadOnes() throws {
    try machine.startService(log: daily.lines)
    let folder = "/etc/systemd/system/harbinger.service.d"
    try machine.shell(
      "install -D -m 644 -t \(folder) /usr/local/share/doc/harbinger/examples/notify-reload.conf"
        + " && systemctl daemon-reload && systemctl restart harbinger")
    #expect(try machine.shell("systemctl show -P Type harbinger") == "notify-reload")
    #expect(try machine.attempt("systemd-analyze verify harbinger.service").text == "")
    try machine.shell("sed -i 's/threshold: 0.3/threshold: 0.4/' \(SystemdTestbed.settingsFile)")
    try machine.shell("systemctl reload harbinger")
    #expect(try machine.entries(messageID: MessageID.reloaded.rawValue, atLeast: 1).count == 1)
    try machine.shell("echo 'thresold: 1' >>\(SystemdTestbed.settingsFile)")
    #expect(try machine.attempt("systemctl reload harbinger").status != 0)
    #expect(try machine.entries(messageID: MessageID.reloadFailed.rawValue, atLeast: 1).count == 1)
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
  }

  @Test func badSettingsEndTheStartForGood() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("systemctl stop harbinger; echo nonsense >\(SystemdTestbed.settingsFile)")
    #expect(try machine.attempt("systemctl start harbinger").status != 0)
    #expect(try machine.shell("systemctl show -P ExecMainStatus harbinger") == "78")
    #expect(try machine.shell("systemctl show -P NRestarts harbinger") == "0")
  }

  @Test func restartLosesNoLineThroughRotation() throws {
    try machine.startService(log: daily.lines)
    let log = SystemdTestbed.log
    try machine.append(DailyLog.now(count: 100))
    try machine.status(where: "s['sources'][0]['counted'] > 40")
    try machine.shell("systemctl stop harbinger")
    try machine.append(DailyLog.now(count: 100))
    try machine.shell("mv \(log) \(log).1 && install -g adm -m 640 /dev/null \(log)")
    try machine.append(DailyLog.now(count: 100))
    try machine.shell("systemctl start harbinger")
    try machine.append(DailyLog.now(count: 100))
    let status = try machine.status(where: "s['sources'][0]['counted'] >= 440")
    let source = (status["sources"] as? [[String: Any]])?.first
    #expect(source?["counted"] as? Int == 440)
  }

  /// systemd detects a failure: it would kill a service that continued training, with the result `timeout`.
  @Test func serviceStopsInTheMidstOfTraining() throws {
    let endless = """
      training:
        hidden: [1000, 1000]
        epochs: 1000
        patience: 1000

      """
    try machine.startService(log: daily.lines, settings: SystemdTestbed.settings + endless)
    try machine.configureUnit("TimeoutStopSec=15s")
    try machine.status(where: "s['training']['is_running']")
    try machine.shell("systemctl stop harbinger")
    #expect(try machine.shell("systemctl show -P Result harbinger") == "success")
    #expect(try machine.entries(messageID: MessageID.stopped.rawValue).count == 1)
  }

  @Test func idleServiceWithoutAWatchdogDoesNotWakeAtAll() throws {
    try machine.startService(log: daily.lines)
    try machine.configureUnit("WatchdogSec=0")
    try machine.shell("systemctl restart harbinger")
    try machine.status(
      where: "s['sources'][0]['lag_bytes'] == 0 and not s['training']['is_running']")
    // The status that was asked for is the last that is due.
    let switches = "grep ^voluntary_ctxt /proc/$(systemctl show -P MainPID harbinger)/status"
    // On a busy machine what was due may come late; ten seconds without one switch must follow.
    try machine.shell(
      "for try in {1..6}; do before=$(\(switches)); sleep 10; test \"$before\" = \"$(\(switches))\" && exit; done"
        + "; exit 1")
    let resident = try machine.shell(
      "awk '/^VmRSS/ { print $2 }' /proc/$(systemctl show -P MainPID harbinger)/status")
    #expect(Int(resident).map { $0 <= 40_000 } == true, "\(resident) kB")
  }

  @Test func uninstalledServiceLeavesOnlyWhatIsTheUsers() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("\(Checkout.root.path)/deploy/uninstall")
    #expect(try machine.attempt("command -v harbinger; systemctl cat harbinger").status != 0)
    try machine.shell("test -e \(SystemdTestbed.settingsFile) && test -e /var/lib/harbinger")
    try machine.shell("\(Checkout.root.path)/deploy/uninstall --purge")
    #expect(try machine.shell("find /etc /usr/local /usr/lib /var/lib -name '*harbinger*'") == "")
  }

  @Test func packageKeepsSettingsAndStateUntilItIsPurged() throws {
    for version in ["1.0", "1.1"] { try machine.buildPackage(version: version) }
    try machine.writeLog(daily.lines)
    try machine.shell("dpkg -i /tmp/harbinger_1.0_*.deb")
    // The shipped settings name a log that is somebody's, perhaps; its state would not be the one that is wanted.
    let untouched = try machine.attempt(
      "systemctl is-active harbinger; systemctl is-enabled harbinger; ls /var/lib/private/harbinger"
    )
    #expect(untouched.text.hasPrefix("inactive\nenabled\n") && untouched.status != 0)
    try machine.write(SystemdTestbed.settings, to: SystemdTestbed.settingsFile)
    try machine.shell("systemctl start harbinger")
    try machine.status(where: "s['sources'][0]['counted'] == 40")

    try machine.shell("dpkg -i /tmp/harbinger_1.1_*.deb")
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
    try machine.append(DailyLog.now(count: 1))
    try machine.status(where: "s['sources'][0]['counted'] == 41")

    try machine.shell("dpkg -r harbinger")
    try machine.shell(
      "test -e \(SystemdTestbed.settingsFile) && test -e /var/lib/private/harbinger")
    try machine.shell("dpkg -P harbinger")
    #expect(
      try machine.shell("find /etc /usr /var/lib -name '*harbinger*' -not -path '*/dpkg/*'") == "")
  }

  @Test func journalTestsPassOnARealJournal() throws {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
    let output = try machine.attempt(
      "'\(tests)' --testing-library swift-testing --filter 'MachineJournal|MachineServiceManager'")
    #expect(output.status == 0, "\(output.text)")
    #expect(output.text.contains("hostileValueArrivesWholeAndMakesNoField() passed"))
  }
}
