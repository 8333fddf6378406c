import Alerts
import Foundation
import Glibc
import Reporting
import Storage
import TestSupport
import Testing

/// Actions of a daemon that has just found alerts.
@Suite(.serialized) struct ActionTests {
  private let bed: DaemonBed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)

  init() throws { bed = try DaemonBed() }

  /// Settings with which the log's last hours raise an alert.
  private func writeSettings(_ actions: String, key: String = "null") throws {
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1, \(actions) }
      """, key: key)
  }

  private func writeScript(_ text: String) throws -> String {
    try bed.folder.write("#!/bin/sh\n\(text)\n", to: "act")
    let path = bed.folder.path("act")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  private func text(_ name: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: bed.folder.path(name)) ?? Data(),
      as: UTF8.self)
  }

  @Test func programGetsItsArgumentsAndTheFacts() throws {
    let script = try writeScript(
      """
      printf '%s\\n' "$@" >\(bed.folder.path("arguments.new"))
      env >\(bed.folder.path("environment"))
      mv \(bed.folder.path("arguments.new")) \(bed.folder.path("arguments"))
      """)
    try writeSettings("exec: [\(script), 'a b', $HOME, \"'; exit 3\"]")
    try bed.append(daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "the program to be run") { !text("arguments").isEmpty }
    #expect(text("arguments") == "a b\n$HOME\n'; exit 3\n")
    let environment = text("environment").split(separator: "\n")
    for fact in [
      "HARBINGER_KIND=upcoming", "HARBINGER_STREAM=web", "HARBINGER_IS_TEST=0",
      "HARBINGER_HOUR=\(daily.nextHour):00:00Z",
    ] { #expect(environment.contains(Substring(fact)), "\(environment)") }
    #expect(!environment.contains { $0.hasPrefix("HOME=") })
    #expect(environment.contains { $0.hasPrefix("HARBINGER_EXPLANATION=mostly by the ") })
    try daemon.wait(for: "the status to count it") {
      try (bed.status()?["actions"] as? [String: Any])?["done"] as? Int == 1
    }
  }

  /// - Parameter port: Zero: any.
  private func startListener(port: String = "0") throws -> ChildProcess {
    try? FileManager.default.removeItem(atPath: bed.folder.path("port"))
    try bed.folder.write(WebhookListener.program, to: "listener.py")
    let listener = try ChildProcess([
      "python3", bed.folder.path("listener.py"), bed.folder.url.path, port,
    ])
    while text("port").isEmpty {
      try #require(listener.isRunning)
      usleep(20_000)
    }
    return listener
  }

  /// Goal: a receiver that has moved loses no alert unnoticed.
  @Test func redirectedWebhookIsAFailure() throws {
    let listener = try startListener()
    defer { listener.send(SIGKILL) }
    try writeSettings("webhook: 'http://127.0.0.1:\(text("port"))/moved'")
    try bed.append(daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "the status to show the failure") {
      let actions = try bed.status()?["actions"] as? [String: Any]
      return (actions?["failures"] as? [String: Any])?["webhook"] != nil
    }
    #expect(text("posts").isEmpty)
    #expect(try (bed.status()?["actions"] as? [String: Any])?["done"] as? Int == 0)
  }

  @Test func webhookGetsTheFactsSigned() throws {
    try bed.folder.write(WebhookListener.sharedSecret + "\n", to: "secret")
    let listener = try startListener()
    // It inherits our mask, in which its own signals may be blocked.
    defer { listener.send(SIGKILL) }
    try writeSettings(
      "webhook: 'http://127.0.0.1:\(text("port"))/hook', webhook_secret: \(bed.folder.path("secret"))"
    )
    try bed.append(daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "the webhook to be called") { text("posts").hasSuffix("\n") }
    let post = try #require(
      try JSONSerialization.jsonObject(with: Data(text("posts").utf8)) as? [String: Any])
    #expect(post["is_genuine"] as? Bool == true)
    let body = try #require(post["body"] as? [String: Any])
    #expect(body["kind"] as? String == "upcoming")
    #expect(body["alert_id"] as? String == post["id"] as? String)
    #expect((body["probability"] as? Double).map { (0.3...1).contains($0) } == true)
    #expect((body["explanation"] as? String)?.hasPrefix("mostly by the ") == true)
    let habit = try #require(body["habit"] as? String)
    #expect(habit == "active at that hour on 14 of the last 14 days")
    let message = try #require(body["message"] as? String)
    #expect(
      message.hasPrefix(
        "A request to web is likely at \(body["local_time"] as? String ?? "?") (p 0."))
    #expect(message.hasSuffix("): \(habit)"))
  }

  @Test func failuresAreReportedAndOnlyAWebhookIsTriedAgain() throws {
    // Nobody listens on port 1.
    try writeSettings("exec: ['false'], webhook: 'http://127.0.0.1:1/'")
    try bed.append(daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "both failures") {
      let said = daemon.errors
      return said.contains("warning: An action failed (HARBINGER_ACTION=exec, ")
        && said.contains(
          "warning: An action failed, and is tried again (HARBINGER_ACTION=webhook, ")
    }
    try daemon.wait(for: "the status to name both") {
      let actions = try bed.status()?["actions"] as? [String: Any]
      return (actions?["failures"] as? [String: String])?.count == 2
        && actions?["waiting"] as? Int == 1 && actions?["failed"] as? Int == 1
    }
    let check = try Program.run(["status", "--check", "--file", bed.statusPath], in: bed.folder)
    #expect(check.status == 1)
    #expect(check.output.contains("exec failed: it ended with 1"))
  }

  @Test func aProgramWithoutEndHoldsNothingUp() throws {
    try writeSettings("exec: [sleep, '600']")
    try bed.append(daily.lines)
    let daemon = try bed.start()
    try daemon.wait(for: "the program to be on") {
      try (bed.status()?["actions"] as? [String: Any])?["running"] as? Int == 1
    }
    try bed.append(DailyLog.now(count: 5))
    try daemon.wait(for: "more lines to be counted") {
      let sources = try bed.status()?["sources"] as? [[String: Any]]
      return sources?.first?["counted"] as? Int == daily.lines.count + 5
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  /// Twelve streams start the program at the same time.
  @Test func noMoreThanFourAreRunAtOnce() throws {
    let log = bed.folder.path("runs")
    let script = try writeScript("echo + >>\(log); sleep 0.2; echo - >>\(log)")
    try writeSettings("exec: [\(script)]", key: "'{path}'")
    try bed.append(
      daily.lines.flatMap { line in
        (0..<12).map { line.replacing("/backup", with: "/backup\($0)") }
      })
    let daemon = try bed.start()
    try daemon.wait(for: "all to be done") { text("runs").count { $0 == "-" } == 12 }
    var running = 0
    let most = text("runs").filter { !$0.isNewline }.map { character in
      running += character == "+" ? 1 : -1
      return running
    }.max()
    #expect(most.map { $0 <= 4 } == true)
    #expect(text("runs").count { $0 == "+" } == 12)
  }

  private func actions() throws -> [String: Int] {
    (try bed.status()?["actions"] as? [String: Any])?.compactMapValues { $0 as? Int } ?? [:]
  }

  /// Goal: a webhook that waits for its next attempt is sent after a restart, and after another not again. Method: the
  /// receiver is away until the daemon has ended.
  @Test(arguments: [SIGTERM, SIGKILL])
  func aWebhookThatWaitsIsSentAfterARestart(signal: Int32) throws {
    let absent = try startListener()
    let port = text("port")
    absent.send(SIGKILL)
    absent.waitUntilExit()
    try writeSettings("webhook: 'http://127.0.0.1:\(port)/hook'")
    try bed.append(daily.lines)
    let first = try bed.start()
    try first.wait(for: "the failure") { first.errors.contains("failed, and is tried again") }
    first.send(signal)
    first.waitUntilExit()
    if signal == SIGTERM {
      #expect(first.errors.contains("info: 1 action on alerts left for the next start"))
    }

    let listener = try startListener(port: port)
    defer { listener.send(SIGKILL) }
    let second = try bed.start()
    try second.wait(for: "the webhook to be sent") { try actions()["done"] == 1 }
    second.send(SIGTERM)
    second.waitUntilExit()
    let third = try bed.start()
    try third.wait(for: "its status") {
      try bed.status()?["pid"] as? Int == Int(third.processIdentifier)
    }
    #expect(try actions()["waiting"] == 0 && actions()["running"] == 0)
    third.send(SIGTERM)
    third.waitUntilExit()
    #expect(text("posts").count { $0 == "\n" } == 1)
  }

  /// Goal: after a restart the programs are run that had not begun, and those that had are not; where the settings no
  /// longer name them, none. Method: twelve programs without end, of which four begin.
  @Test(arguments: [true, false]) func programsThatHadNotBegunAreLeft(areStillSet: Bool) throws {
    let log = bed.folder.path("runs")
    func programs(_ end: String) throws -> String {
      "exec: [\(try writeScript("echo \"$HARBINGER_STREAM\" >>\(log); \(end)"))]"
    }
    try writeSettings(programs("sleep 600"), key: "'{path}'")
    try bed.append(
      daily.lines.flatMap { line in
        (0..<12).map { line.replacing("/backup", with: "/backup\($0)") }
      })
    let first = try bed.start()
    try first.wait(for: "four to begin") { text("runs").count { $0 == "\n" } == 4 }
    first.send(SIGTERM)
    #expect(first.waitUntilExit() == 0)
    #expect(first.errors.contains("info: 8 actions on alerts left for the next start"))
    #expect(first.errors.contains("warning: 4 actions on alerts not done: the daemon stops"))

    try writeSettings(areStillSet ? programs("true") : "", key: "'{path}'")
    let second = try bed.start()
    if areStillSet {
      try second.wait(for: "the others to be run") { try actions()["done"] == 8 }
      #expect(Set(text("runs").split(separator: "\n")).count == 12)
    } else {
      try second.wait(for: "them to be dropped") { try actions()["dropped"] == 8 }
      #expect(
        second.errors.contains("8 actions on alerts not done: more than 10000 waited, or the"))
    }
    second.send(SIGTERM)
    second.waitUntilExit()
    #expect(text("runs").count { $0 == "\n" } == (areStillSet ? 12 : 4))
  }

  @Test func whatIsTooLateAfterARestartIsGivenUp() throws {
    let hour = Int(Date().timeIntervalSince1970) / 3600
    let alerts = [hour - 26, hour - 1].map {
      Alert(.stateProblem, about: .service, hour: $0, facts: Alert.Facts(reason: "of \($0)"))
    }
    let state = try StateFile(path: bed.statePath)
    try state.store(alerts.map { ($0, true) })
    try state.store(
      outstanding: alerts.map { .init(.exec, of: $0, dueSeconds: 0) }, over: [], actedOn: [])
    state.close()
    let script = try writeScript("echo $HARBINGER_REASON >>\(bed.folder.path("runs"))")
    try writeSettings("exec: [\(script)]")
    let daemon = try bed.start()
    try daemon.wait(for: "the newer one") { try actions()["done"] == 1 }
    #expect(text("runs") == "of \(hour - 1)\n")
    #expect(
      daemon.errors.contains(
        "1 action on alerts not done: they were left by a daemon that stopped too long ago"))
    daemon.send(SIGTERM)
    daemon.waitUntilExit()
    #expect(try StateFile(readingAt: bed.statePath).outstandingActions(limit: 9).isEmpty)
  }

  /// Goal: a failure is reported as such even if the parent ignores SIGCHLD, as some supervisors and shells do.
  @Test func aFailureIsOneAlsoWhereChildrenAreIgnored() throws {
    try writeSettings("exec: ['false']")
    let result = try SystemdTestbed.run([
      "/usr/bin/env", "--ignore-signal=CHLD", "--block-signal=CHLD,TERM", Program.url.path,
      "alert-test", "--config", bed.settingsPath,
    ])
    #expect(result.status == 1)
    #expect(result.text.contains("exec: it ended with 1"))
  }

  @Test func alertTestSaysWhatCameOfEachWay() throws {
    let script = try writeScript(
      "echo \"$HARBINGER_IS_TEST $HARBINGER_KIND of $HARBINGER_STREAM, $HARBINGER_EXPLANATION\"; exit 3"
    )
    try writeSettings(
      "exec: [\(script)], webhook: 'http://127.0.0.1:1/', webhook_secret: /no/secret")
    let result = try Program.run(
      ["alert-test", "--config", bed.settingsPath, "--stream", "api", "--kind", "silence"],
      in: bed.folder)
    #expect(result.status == 1)
    #expect(result.errors.contains("1 silence of api, made up, to try the delivery of alerts"))
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("Tried as user ") == true)
    #expect(lines.dropFirst().first?.hasPrefix("journal: ") == true)
    #expect(
      Set(lines.dropFirst(2)) == [
        "exec: it ended with 3", "webhook: the secret /no/secret is not there",
      ])
  }
}
