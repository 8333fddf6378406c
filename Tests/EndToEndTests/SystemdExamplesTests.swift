import Foundation
import TestSupport
import Testing

/// Examples that only a whole machine can play, on a real systemd with a journal.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdExamplesTests {
  private let machine: SystemdTestbed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)
  private static let examples = "/usr/local/share/doc/harbinger/examples"

  init() throws { machine = try SystemdTestbed() }

  private func use(_ example: String) throws {
    try machine.shell(
      """
      systemctl stop harbinger; rm -rf /var/lib/private/harbinger
      install -m 644 \(Self.examples)/\(example) \(SystemdTestbed.settingsFile)
      systemctl start harbinger
      """)
  }

  /// Goal: what nginx's log cannot show: sources in the journal, a unit that is woken, and a token that reaches a
  /// program in the sandbox through a credential.
  @Test func installedExamplesDoWhatTheySay() throws {
    try machine.startService(log: daily.lines)
    #expect(
      try machine.shell(
        "cd \(Self.examples) && find . -type f -name 'harbinger-*' -executable | wc -l")
        == "6")

    // A program with a token.
    try machine.write(StandIn.program, to: "/hook/stand-in.py")
    try machine.shell("systemd-run --quiet --unit stand-in python3 /hook/stand-in.py /hook http")
    try machine.eventually("test -e /hook/port")
    try machine.shell(
      """
      cd \(Self.examples)
      install -m 755 harbinger-ntfy /usr/local/bin/
      echo "url = http://127.0.0.1:$(cat /hook/port)/topic" >/etc/harbinger/ntfy; chmod 600 /etc/harbinger/ntfy
      mkdir /etc/systemd/system/harbinger.service.d
      (cat webhook.conf; echo LoadCredential=ntfy:/etc/harbinger/ntfy) \
        >/etc/systemd/system/harbinger.service.d/ntfy.conf
      echo '  exec: [/usr/local/bin/harbinger-ntfy]' >>\(SystemdTestbed.settingsFile)
      systemctl daemon-reload; systemctl restart harbinger
      """)
    #expect(try machine.shell("harbinger alert-test").contains("exec: went well"))
    #expect(try machine.shell("grep -c '\"path\": \"/topic\"' /hook/requests") != "0")
    try machine.shell(
      "rm /etc/systemd/system/harbinger.service.d/ntfy.conf; systemctl daemon-reload")

    // Units that are woken, by name.
    try machine.shell(
      """
      cd \(Self.examples)
      \(Checkout.root.path)/deploy/install --binary \(SystemdTestbed.binary) --allow-wake 2>&1
      install -m 644 wake@backup.service /etc/systemd/system/
      printf '[Service]\\nExecStart=/bin/sleep 600\\n' >/etc/systemd/system/backup-server.service
      systemctl daemon-reload
      """)
    try use("wake.yaml")
    // polkit takes a moment to see its new rule.
    try machine.eventually("harbinger alert-test --stream backup | grep 'start_unit: went well'")
    try machine.eventually("systemctl is-active backup-server")
    #expect(try machine.attempt("harbinger alert-test --stream 'a b'").status == 1)
  }

  @Test(.enabled(if: SystemdTestbed.has("sshd"), "needs sshd, of the package openssh-server"))
  func loginsAreReadFromTheJournal() throws {
    try machine.startService(log: daily.lines)
    try machine.shell(
      """
      mkdir -p /run/sshd /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/key
      ssh-keygen -q -t ed25519 -N '' -f /root/host_key; cp /root/key.pub /root/.ssh/authorized_keys
      chmod 700 /root /root/.ssh
      systemd-run --quiet --unit test-sshd sshd -D -f /dev/null -h /root/host_key -p 2222
      """)
    let client =
      "ssh -F /dev/null -o StrictHostKeyChecking=no -o BatchMode=yes -p 2222 -i /root/key"
    try machine.eventually("\(client) root@127.0.0.1 true 2>&1")
    _ = try machine.attempt("\(client) 'Accepted publickey for x@127.0.0.1' true 2>&1")
    try machine.shell("journalctl --sync")
    #expect(try machine.shell("journalctl -q -t sshd -o cat").contains("Invalid user Accepted"))
    try use("sshd.yaml")
    try machine.status(where: "s['sources'][0]['counted'] == 1")
  }

  @Test(.enabled(if: SystemdTestbed.has("haproxy"), "needs haproxy"))
  func haproxyIsReadFromTheJournal() throws {
    try machine.startService(log: daily.lines)
    try machine.write(haproxySettings(log: "/dev/log", port: 8080), to: "/etc/haproxy-test.cfg")
    try machine.shell(
      "systemd-run --quiet --unit test-haproxy haproxy -db -f /etc/haproxy-test.cfg")
    try machine.eventually("curl -s http://127.0.0.1:8080/page")
    try machine.shell("curl -s http://127.0.0.1:8080/healthz")
    try use("haproxy.yaml")
    let status = try machine.status(where: "s['sources'][0]['filtered'] == 1")
    let streams = status["streams"] as? [[String: Any]]
    #expect(streams?.compactMap { $0["name"] as? String } == ["haproxy:site"])
  }

  @Test(.enabled(if: SystemdTestbed.has("ansible-playbook"), "needs ansible-core"))
  func ansibleInstallsAndReloads() throws {
    try machine.buildPackage(version: "1.0")
    let play =
      "cd /tmp && LC_ALL=C.UTF-8 ansible-playbook --connection local -i localhost, "
      + "-e harbinger_package=$(ls /tmp/harbinger_*.deb) -e ansible_python_interpreter=/usr/bin/python3 "
      + "\(Example("ansible.yaml").url.path)"
    let first = try machine.attempt("\(play) 2>&1")
    #expect(first.status == 0, "\(first.text)")
    #expect(try machine.shell("systemctl is-active harbinger") == "active")
    #expect(try machine.shell("harbinger check").contains("good, with 1 source"))
    // Bad settings are refused, and those that run stay.
    let bad = try machine.attempt(
      "\(play) --start-at-task 'Write the settings' -e '{\"harbinger_settings\": {\"sources\": []}}' 2>&1"
    )
    #expect(bad.status != 0 && bad.text.contains("sources"))
    #expect(try machine.shell("harbinger check").contains("good, with 1 source"))
  }
}
