import Alerts
import Foundation
import Host
import Reporting
import TestSupport
import Testing

/// Actions of the installed service, in its sandbox, on a real systemd with D-Bus and polkit.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdActionTests {
  let machine: SystemdTestbed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)

  init() throws { machine = try SystemdTestbed() }

  private static let wakeUnit = """
    [Service]
    Type=oneshot
    ExecStart=/bin/sh -c "printf '%%s\\n' '%i' >>/woken"

    """

  @Test func unitIsStartedWhereThatIsAllowedAndRefusalIsReported() throws {
    try machine.write(Self.wakeUnit, to: "/etc/systemd/system/wake@.service")
    let settings = SystemdTestbed.settings + "  start_unit: wake@%i.service\n"
    try machine.startService(log: daily.lines, settings: settings)
    let failure = try #require(
      try machine.entries(messageID: MessageID.actionFailed.rawValue, atLeast: 1).first)
    #expect(failure["HARBINGER_ACTION"] as? String == "start_unit")
    try machine.eventually(
      "journalctl -q -o cat -t harbinger-exec | grep 'may not start wake@backup.service'")
    #expect(try machine.attempt("test -e /woken").status != 0)

    // The same log read again, by a service that has the permission.
    try machine.shell(
      "systemctl stop harbinger; rm -rf /var/lib/private/harbinger /var/lib/harbinger")
    try machine.shell(
      "\(Checkout.root.path)/deploy/install --binary \(SystemdTestbed.binary) --allow-wake")
    try machine.shell("systemctl start harbinger")
    try machine.eventually("grep -x backup /woken")
    let status = try machine.status(where: "s['actions']['done'] == 1")
    #expect((status["actions"] as? [String: Any])?["failures"] as? [String: String] == [:])
    // It is allowed that, and nothing else.
    let other = try machine.attempt(
      "setpriv --reuid harbinger --clear-groups harbinger start-unit ssh.service")
    #expect(other.status == 1 && other.text.contains("may not start ssh.service"))
    #expect(
      try machine.shell("harbinger alert-test --stream 'a b'").contains("start_unit: went well"))
    try machine.eventually(#"grep -F 'a\x20b' /woken"#)
  }

  @Test func programRunsInTheSandbox() throws {
    let settings =
      SystemdTestbed.settings + "  exec: [sh, -c, 'echo told of $HARBINGER_STREAM; id -u']\n"
    try machine.startService(log: daily.lines, settings: settings)
    try machine.eventually("journalctl -q -o cat -t harbinger-exec | grep -x 'told of backup'")
    #expect(try machine.attempt("journalctl -q -o cat -t harbinger-exec | grep -x 0").status != 0)
  }

  @Test func webhookIsReachedWithTheDropInAndNotWithout() throws {
    try machine.write(WebhookListener.program, to: "/hook/listener.py")
    try machine.shell("systemd-run --unit listener python3 /hook/listener.py /hook 8123")
    try machine.eventually("test -e /hook/port")
    try machine.write(WebhookListener.sharedSecret, to: "/etc/harbinger/webhook-secret")
    let settings =
      SystemdTestbed.settings
      + "  webhook: http://127.0.0.1:8123/\n  webhook_secret: webhook-secret\n"
    try machine.startService(log: daily.lines, settings: settings)
    let failure = try #require(
      try machine.entries(messageID: MessageID.actionFailed.rawValue, atLeast: 1).first)
    #expect((failure["HARBINGER_REASON"] as? String)?.contains("LoadCredential=") == true)

    try machine.shell("systemctl stop harbinger; rm -rf /var/lib/private/harbinger")
    try machine.copy(
      Checkout.root.appending(path: "deploy/examples/webhook.conf").path,
      to: "/etc/systemd/system/harbinger.service.d/webhook.conf")
    try machine.shell(
      "chmod 600 /etc/harbinger/webhook-secret; sed -i s/^#LoadCredential/LoadCredential/ "
        + "/etc/systemd/system/harbinger.service.d/webhook.conf; systemctl daemon-reload")
    try machine.shell("systemctl start harbinger")
    let post = try machine.eventually("grep is_genuine /hook/posts")
    #expect(post.contains(#""is_genuine": true"#) && post.contains(#""stream": "backup""#))
    #expect(try machine.attempt("systemd-analyze verify harbinger.service").text == "")
  }

  /// A request in every hour of twenty days, and none for the last two.
  @Test func sourceWithoutLinesIsReportedOnceAndWhenItIsBack() throws {
    let hourly = (48...24 * 20).reversed().map { DailyLog.line(hoursAgo: $0) }
    try machine.startService(log: hourly)
    let stalled = AlertKind.stalledSource.messageID
    let entry = try #require(try machine.entries(messageID: stalled, atLeast: 1).first)
    #expect(entry["HARBINGER_SOURCE"] as? String == "backup")
    #expect(
      try machine.shell("journalctl -x MESSAGE_ID=\(stalled)").contains(
        "No lines from backup"))
    try machine.status(where: "s['sources'][0]['is_stalled']")
    #expect(try machine.attempt("harbinger status --check").status == 1)
    try machine.shell("systemctl restart harbinger")
    try machine.append(DailyLog.now(count: 1))
    let over = try machine.entries(messageID: MessageID.alertEnded.rawValue, atLeast: 1)
    #expect(over.map { $0["HARBINGER_SOURCE"] as? String } == ["backup"])
    #expect(try machine.entries(messageID: stalled).count == 1)
    try machine.status(where: "not s['sources'][0]['is_stalled']")
  }
}
