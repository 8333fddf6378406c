import Foundation
import TestSupport
import Testing

/// The live page and the check as the service sees it, on a real systemd.
@Suite(
  .enabled(if: SystemdTestbed.isAvailable, "needs root and ../shared/systemd-testbed"),
  .serialized)
struct SystemdWebTests {
  private let machine: SystemdTestbed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)
  private static let site = "http://127.0.0.1:8710"

  init() throws { machine = try SystemdTestbed() }

  /// Goal: browsers and Prometheus are served, by a process that has neither network nor a state it could write, and
  /// is there only while somebody asks.
  @Test func pagesAreServedFromTheSandbox() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    #expect(try machine.attempt("curl -s \(Self.site)/healthz").status == 7)
    try machine.write(
      "[Service]\nExecStart=\nExecStart=/usr/local/bin/harbinger web --idle-seconds 3 --state "
        + "/run/harbinger-state/harbinger.sqlite --status /run/harbinger/status.json\n",
      to: "/run/systemd/system/harbinger-web.service.d/test.conf")
    try machine.shell(
      "systemctl daemon-reload; systemctl enable --quiet --now harbinger-web.socket")
    #expect(try machine.shell("curl -s \(Self.site)/healthz").hasPrefix("HARBINGER OK - 1 stream"))
    let page = try machine.shell("curl -s \(Self.site)/")
    #expect(page.hasPrefix("<!doctype html>") && page.contains("backup"))
    #expect(
      try machine.shell("curl -s \(Self.site)/status.json | python3 -m json.tool").contains(
        "uptime"))
    let facts = try machine.shell(
      """
      curl -s \(Self.site)/healthz >/dev/null
      pid=$(systemctl show -P MainPID harbinger-web)
      grep -E '^(Uid|CapEff|NoNewPrivs|Seccomp):' /proc/$pid/status
      grep -E ' /run/harbinger-state [a-z0-9]+ ro,' /proc/$pid/mounts
      [ $(readlink /proc/$pid/ns/net) = $(readlink /proc/1/ns/net) ] || echo no network
      """)
    #expect(!facts.contains("Uid:\t0\t") && facts.contains("CapEff:\t0000000000000000"))
    #expect(facts.contains(" /run/harbinger-state "))
    #expect(facts.hasSuffix("\nno network"))
    try machine.shell("systemd-analyze security --no-pager --threshold=5 harbinger-web.service")
    #expect(try machine.attempt("systemd-analyze verify harbinger-web.service").text == "")
    try machine.eventually("[ $(systemctl is-active harbinger-web.service) = inactive ]")
    #expect(try machine.shell("curl -s \(Self.site)/healthz").hasPrefix("HARBINGER OK"))
    // Of a stopped daemon, it says that.
    try machine.shell("systemctl stop harbinger")
    #expect(try machine.shell("curl -s -w '%{http_code}' \(Self.site)/healthz").hasSuffix("503"))
  }

  @Test(.enabled(if: SystemdTestbed.has("prometheus"), "needs prometheus"))
  func prometheusScrapesIt() throws {
    try machine.startService(log: daily.lines)
    try machine.status(where: "s['sources'][0]['counted'] == 40")
    try machine.shell("systemctl start harbinger-web.socket")
    #expect(try machine.attempt("curl -s \(Self.site)/metrics | promtool check metrics").text == "")
    try machine.write(
      """
      global: { scrape_interval: 1s }
      scrape_configs:
        - { job_name: harbinger, static_configs: [{ targets: ['127.0.0.1:8710'] }] }

      """, to: "/etc/prometheus-test.yml")
    try machine.shell(
      "systemd-run --unit scraper prometheus --config.file=/etc/prometheus-test.yml "
        + "--storage.tsdb.path=/tmp/tsdb --web.listen-address=127.0.0.1:9391")
    let query = "curl -s 'http://127.0.0.1:9391/api/v1/query?query="
    try machine.eventually("\(query)up' | grep -F '\"1\"]'")
    // As OpenMetrics, whose counters it renames.
    let lines = try machine.eventually("\(query)harbinger_source_lines_total' | grep -F '\"40\"]'")
    #expect(lines.contains(#""source":"backup""#))
  }

  /// Goal: the check finds what works for root and not for the service before the start. Method: a log that its group
  /// may read, of which the service is no member; a webhook without the drop-in; then both mended as the check says.
  @Test func checkTriesAsTheService() throws {
    try machine.startService(log: daily.lines)
    let first = try machine.shell("harbinger check --all")
    #expect(first.contains("Tried as user harbinger:"))
    // What the settings leave out is as the service has it.
    #expect(first.firstMatch(of: /(?m)^state +\/var\/lib\/harbinger\/harbinger.sqlite$/) != nil)
    #expect(first.firstMatch(of: /(?m)^status +\/run\/harbinger\/status.json$/) != nil)
    try machine.shell("groupadd closed; chgrp closed \(SystemdTestbed.log)")
    try machine.write(
      SystemdTestbed.settings + "  webhook: http://127.0.0.1:8124/\n",
      to: SystemdTestbed.settingsFile)
    let refused = try machine.attempt("harbinger check 2>&1")
    #expect(refused.status == 1, "\(refused.text)")
    #expect(refused.text.contains("members of its group may: SupplementaryGroups="))
    #expect(refused.text.contains("PROBLEM webhook: 127.0.0.1 port 8124 cannot be reached"))
    // The running daemon's folder is still there.
    #expect(try machine.shell("test -e /run/harbinger/status.json && echo there") == "there")
    let asRoot = try machine.attempt("harbinger check --here 2>&1")
    #expect(!asRoot.text.contains("SupplementaryGroups"))

    try machine.shell(
      "systemd-run --unit receiver python3 -m http.server --bind 127.0.0.1 8124; mkdir -p "
        + "/etc/systemd/system/harbinger.service.d; printf '[Service]\\nSupplementaryGroups=closed\\n' "
        + ">/etc/systemd/system/harbinger.service.d/group.conf")
    try machine.copy(
      Checkout.root.appending(path: "deploy/examples/webhook.conf").path,
      to: "/etc/systemd/system/harbinger.service.d/webhook.conf")
    try machine.shell("systemctl daemon-reload")
    try machine.eventually("curl -s http://127.0.0.1:8124/ >/dev/null")
    let mended = try machine.attempt("harbinger check 2>&1")
    #expect(mended.status == 0, "\(mended.text)")
    #expect(mended.text.contains("backup: 40 of the first 40 lines"))
    #expect(mended.text.contains("webhook: 127.0.0.1 port 8124 can be reached"))
  }
}
