import Foundation
import TestSupport
import Testing

/// The first hour with a fresh installation, on a real systemd: what is found, tried and said.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdFirstContactTests {
  private let machine: SystemdTestbed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)
  private static let dropIns = "/etc/systemd/system/harbinger.service.d"

  init() throws { machine = try SystemdTestbed() }

  /// Goal: from the package to a forecast by the commands of the README, on a machine with a log in its usual place and a unit
  /// that writes to the journal once a day. Method: init without arguments, check as it is, a start.
  @Test(.enabled(if: JournalFiles.isAvailable, "needs systemd-journal-remote"))
  func packageIsInstalledSetUpTriedAndForecasts() throws {
    let log = "/var/log/nginx/access.log"
    try machine.shell("find /var/log -name '*access*' -type f -delete")
    try machine.write(daily.lines.map { $0 + "\n" }.joined(), to: log)
    try machine.shell("chown root:adm \(log); chmod 640 \(log); chmod 755 /var/log/nginx")
    try writeJournal(of: "nightly.service")
    try machine.buildPackage(version: "1.0")
    try machine.shell("dpkg -i /tmp/harbinger_1.0_*.deb 2>&1")

    let made = try machine.shell("harbinger init 2>&1")
    #expect(made.contains("Wrote /etc/harbinger/harbinger.yaml, with 1 source. Next:"), "\(made)")
    let settings = try machine.shell("cat \(SystemdTestbed.settingsFile)")
    #expect(settings.contains("  - name: nginx") && settings.contains("    files: \(log)"))
    #expect(settings.contains("  # - name: nightly"), "\(settings)")
    #expect(settings.contains("  #   journal: { unit: nightly.service }"))
    let checked = try machine.attempt("harbinger check 2>&1")
    #expect(checked.status == 0, "\(checked.text)")
    #expect(checked.text.contains("Tried as user harbinger:"))
    #expect(checked.text.contains("nginx: 40 of the first 40 lines of \(log) are counted"))
    try machine.shell("systemctl start harbinger")
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    try machine.eventually("harbinger forecast | grep 'nginx: probability of a request'")
    try machine.eventually(
      "systemctl kill -s USR2 harbinger; systemctl show -P StatusText harbinger | "
        + "grep -E 'next: nginx [A-Z][a-z]{2} [0-9]{2}:[0-9]{2} [A-Z]+ p=0'")
  }

  /// An entry in each of the last five days.
  private func writeJournal(of unit: String) throws {
    let folder = try TemporaryFolder()
    let journal = JournalFiles(in: folder.url)
    try FileManager.default.createDirectory(
      atPath: journal.directory, withIntermediateDirectories: false)
    let beginningOf2026 = 1_767_225_600
    let now = Int(Date().timeIntervalSince1970) - beginningOf2026
    for day in (1...5).reversed() {
      try journal.append([.init(message: "done", unit: unit)], from: now - 86_400 * day)
    }
    try machine.shell("mkdir -p /var/log/journal/$(cat /etc/machine-id)")
    try machine.copy(journal.path("remote.journal"), to: "/tmp/nightly.journal")
    try machine.shell("cp /tmp/nightly.journal /var/log/journal/$(cat /etc/machine-id)/")
  }

  @Test func unitsThatThereAreNotAreRefused() throws {
    try machine.startService(log: daily.lines)
    try machine.eventually("journalctl -q -u harbinger | grep -q started")
    let refused = try machine.attempt("harbinger init --output /tmp/a.yaml nosuch.service 2>&1")
    #expect(refused.status == 66 && refused.text.contains("passed over: nosuch.service: "))
    #expect(refused.text.contains("there is no unit nosuch.service, and no entry of it"))
    let typed = try machine.attempt("harbinger init --output /tmp/a.yaml harbingr.service 2>&1")
    #expect(typed.status == 66 && typed.text.contains("did you mean harbinger.service?"))
    #expect(try machine.attempt("test -e /tmp/a.yaml").status != 0)

    // One that systemd knows and that has written nothing, without its ending, and one that has written.
    try machine.write(
      "[Service]\nExecStart=/bin/true\n", to: "/etc/systemd/system/quiet-one.service")
    try machine.shell("systemctl daemon-reload")
    try machine.shell("harbinger init --output /tmp/b.yaml quiet-one harbinger.service 2>&1")
    let settings = try machine.shell("cat /tmp/b.yaml")
    #expect(settings.contains("journal: { unit: quiet-one.service }"))
    #expect(settings.contains("journal: { unit: harbinger.service }"))
  }

  /// Goal: what works at a shell only is found out. Method: a program in a home folder, which the sandbox hides, and one that
  /// tells who and where it is.
  @Test func alertTestTriesActionsInTheSandbox() throws {
    try machine.write("#!/bin/sh\nexit 0\n", to: "/home/hook")
    try machine.shell("chmod 755 /home/hook")
    let hidden = SystemdTestbed.settings + "  exec: [/home/hook]\n"
    try machine.startService(log: daily.lines, settings: hidden)
    let refused = try machine.attempt("harbinger alert-test 2>&1")
    #expect(refused.status == 1 && refused.text.contains("Tried as user harbinger:"))
    #expect(!refused.text.contains("exec: went well"), "\(refused.text)")
    let atTheShell = try machine.attempt("harbinger alert-test --here 2>&1")
    #expect(atTheShell.status == 0 && atTheShell.text.contains("exec: went well"))
    #expect(try machine.attempt("harbinger check 2>&1").text.contains("PROBLEM exec: "))

    try machine.write(
      SystemdTestbed.settings
        + "  exec: [sh, -c, 'test $(id -u) != 0 && ! touch /etc/written 2>/dev/null']\n",
      to: SystemdTestbed.settingsFile)
    let confined = try machine.attempt("harbinger alert-test 2>&1")
    #expect(confined.status == 0 && confined.text.contains("exec: went well"), "\(confined.text)")
  }

  /// Goal: whoever takes the drop-in for the network and has no secret has a service that runs.
  @Test func networkDropInWithoutASecretLetsTheServiceStart() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("mkdir -p \(Self.dropIns)")
    try machine.copy(Example("webhook.conf").url.path, to: "\(Self.dropIns)/webhook.conf")
    try machine.shell("systemctl daemon-reload; systemctl restart harbinger")
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
    #expect(try machine.shell("systemctl show -P ExecMainStatus harbinger") == "0")
  }

  /// Goal: who may not read the state is told that, and not that a file is missing in the own home.
  @Test func stateOfTheServiceIsNotLookedForInAHome() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    for command in ["alerts", "report", "explain backup 2026-01-31T09"] {
      let refused = try machine.attempt("su nobody -s /bin/sh -c 'harbinger \(command)' 2>&1")
      #expect(refused.status == 66, "\(command): \(refused.text)")
      #expect(refused.text.contains("/var/lib/harbinger/harbinger.sqlite, may be read by root"))
      #expect(!refused.text.contains(".local"), "\(refused.text)")
    }
    // The forecast is in the status, which everybody may read.
    #expect(
      try machine.shell("su nobody -s /bin/sh -c 'harbinger forecast'").contains("probability"))
  }

  /// Goal: a log behind a folder that the service may not enter is named with the folder.
  @Test func folderAboveALogThatIsClosedIsNamed() throws {
    try machine.startService(log: daily.lines)
    try machine.shell("chmod 700 /var/log/watched")
    let refused = try machine.attempt("harbinger check 2>&1")
    #expect(refused.status == 1, "\(refused.text)")
    #expect(refused.text.contains("/var/log/watched"), "\(refused.text)")
  }
}
