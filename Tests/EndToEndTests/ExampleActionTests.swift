import Foundation
import Glibc
import TestSupport
import Testing

/// The programs of `deploy/examples`, run by harbinger itself for alerts about streams with names made to do harm,
/// against servers that note what they are sent.
@Suite(.enabled(if: SystemdTestbed.has("jq"), "needs jq")) struct ExampleActionTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "credentials"), withIntermediateDirectories: true)
  }

  /// Runs an example as the settings in its own comment say, but for the addresses in them.
  ///
  /// - Returns: The message of the alert.
  @discardableResult
  private func alert(
    _ name: String, about stream: String, kind: String = "upcoming", part: Int = 0,
    replacing addresses: [String: String] = [:]
  ) throws -> String {
    let keeping = "printenv HARBINGER_MESSAGE >\(folder.path("message")); exec \"$0\" \"$@\""
    var settings = try Example(name).settingsInComment[part].replacing(
      "/usr/local/bin/\(name)", with: "/bin/sh, -c, '\(keeping)', \(Example(name).url.path)")
    for (old, new) in addresses { settings = settings.replacing(old, with: new) }
    try folder.write(
      "sources: [{ name: web, files: '-' }]\n\(settings)", to: "harbinger.yaml")
    let program = try RunningProgram(
      [
        "alert-test", "--here", "--config", "harbinger.yaml", "--kind", kind, "--stream=\(stream)",
      ], in: folder, environment: ["CREDENTIALS_DIRECTORY": folder.path("credentials")])
    program.waitUntilExit()
    let action = settings.contains("webhook") ? "webhook" : "exec"
    #expect(program.output.contains("\(action): went well"), "\(program.output)\(program.errors)")
    // Otherwise a name was executed as a command.
    #expect(!FileManager.default.fileExists(atPath: folder.path("owned")))
    let message = FileManager.default.contents(atPath: folder.path("message")) ?? Data()
    return String(decoding: message, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  private func credential(_ text: String, _ name: String) throws {
    try folder.write(text, to: "credentials/\(name)")
  }

  @Test(arguments: HostileName.all) func ntfy(stream: String) throws {
    let server = try StandIn(.http)
    try credential(
      "url = \"http://127.0.0.1:\(server.port)/topic\"\nheader = \"Authorization: Bearer t\"\n",
      "ntfy")
    let message = try alert("harbinger-ntfy", about: stream)
    let request = try #require(try server.requests().first)
    #expect(request.body == message)
    #expect(request.path == "/topic" && request.headers["Authorization"] == "Bearer t")
    #expect(request.headers["Title"] == "Harbinger: upcoming")
    #expect(request.headers["Tags"] == "alarm_clock")
  }

  @Test func ntfyByWebhook() throws {
    let server = try StandIn(.http)
    try alert(
      "harbinger-ntfy", about: HostileName.all[0], part: 1,
      replacing: ["https://ntfy.example.org": "http://127.0.0.1:\(server.port)"])
    let request = try #require(try server.requests().first)
    #expect(request.path == "/the-topic?tpl=1&t=Harbinger&m={{.message}}")
    #expect((request.json?["message"] as? String)?.hasPrefix("A request to web:") == true)
  }

  @Test(arguments: HostileName.all) func slack(stream: String) throws {
    let server = try StandIn(.http)
    try credential("url = \"http://127.0.0.1:\(server.port)/services/x\"\n", "slack")
    let message = try alert("harbinger-slack", about: stream)
    let payload = try #require(try server.requests().first?.json)
    #expect(payload.count == 2 && payload["mrkdwn"] as? Bool == false)
    let text = try #require(payload["text"] as? String)
    #expect(!text.contains("<") && !text.contains(">"))
    #expect(
      text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
        == message)
  }

  @Test(arguments: HostileName.all) func matrix(stream: String) throws {
    let server = try StandIn(.http)
    try credential("header = \"Authorization: Bearer syt_x\"\n", "matrix")
    let message = try alert(
      "harbinger-matrix", about: stream,
      replacing: ["https://matrix.example.org": "http://127.0.0.1:\(server.port)"])
    let request = try #require(try server.requests().first)
    #expect(request.method == "PUT" && request.headers["Authorization"] == "Bearer syt_x")
    // Whether the mark is encoded depends on the version of jq, and is the same to a server.
    let prefix = "/_matrix/client/v3/rooms/!room%3Aexample.org/send/m.room.message/"
    #expect(
      request.path.replacing("%21", with: "!").hasPrefix(prefix)
        && request.path.count > prefix.count + 10)
    let payload = try #require(request.json)
    #expect(Set(payload.keys) == ["msgtype", "body", "m.mentions"])
    #expect(payload["body"] as? String == message)
  }

  @Test(arguments: HostileName.all) func mail(stream: String) throws {
    let server = try StandIn(.mail)
    let message = try alert(
      "harbinger-mail", about: stream, replacing: ["localhost": "127.0.0.1:\(server.port)"])
    let mail = try #require(try server.requests().first)
    #expect(mail.path.contains("rcpt TO:<admin@example.org>"))
    #expect(mail.path.lowercased().ranges(of: "rcpt to:").count == 1)
    #expect(
      mail.headers.keys.sorted() == [
        "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From",
        "MIME-Version", "Message-ID", "Subject", "To",
      ])
    #expect(mail.headers["To"] == "admin@example.org")
    #expect(mail.headers["Subject"] == message)
    #expect(mail.body.hasPrefix(message + "\n\nHARBINGER_ALERT_ID: "))
  }

  @Test(arguments: [
    (kind: "upcoming", status: 0), (kind: "silence", status: 1),
    (kind: "stalled source", status: 1),
    (kind: "model degraded", status: 1),
  ]) func icinga(kind: String, status: Int) throws {
    let server = try StandIn(.http)
    try credential(
      "url = \"http://127.0.0.1:\(server.port)/v1/actions/process-check-result\"\nuser = \"harbinger:x\"\n",
      "icinga")
    for stream in HostileName.all {
      let message = try alert("harbinger-icinga", about: stream, kind: kind)
      let request = try #require(try server.requests().last)
      #expect(request.headers["Accept"] == "application/json")
      let payload = try #require(request.json)
      #expect(payload["service"] as? String == "backup-host!harbinger alerts")
      #expect(payload["exit_status"] as? Int == status)
      #expect(payload["plugin_output"] as? String == message.replacing("|", with: "/"))
    }
  }

  @Test(.enabled(if: SystemdTestbed.has("mosquitto"), "needs mosquitto and mosquitto-clients"))
  func homeAssistant() throws {
    let socket = folder.path("broker")
    try folder.write(
      "listener 0 \(socket)\nallow_anonymous true\nuser root\n", to: "mosquitto.conf")
    let broker = try ChildProcess(["mosquitto", "-c", folder.path("mosquitto.conf")])
    defer { broker.send(SIGKILL) }
    try credential("--unix \(socket)\n", "mosquitto_pub")
    func listen(_ arguments: String...) throws -> SystemdTestbed.Output {
      try SystemdTestbed.run(
        [
          "/usr/bin/env", "mosquitto_sub", "--unix", socket, "-q", "1", "-t", "#", "-c", "-i",
          "home",
        ] + arguments)
    }
    // It stores the messages from now on.
    while try listen("-E").status != 0, broker.isRunning { usleep(20_000) }
    let messages = try HostileName.all.map { try alert("harbinger-home-assistant", about: $0) }
    let heard = try listen("-C", "\(messages.count)", "-v").text.split(separator: "\n")
    #expect(heard.count == messages.count)
    for (line, (stream, message)) in zip(heard, zip(HostileName.all, messages)) {
      #expect(line.hasPrefix("harbinger/alert {"))
      let event = try #require(
        try JSONSerialization.jsonObject(with: Data(line.drop { $0 != "{" }.utf8))
          as? [String: Any])
      #expect(event["event_type"] as? String == "upcoming")
      #expect(event["stream"] as? String == stream && event["message"] as? String == message)
      #expect(event["lead_hours"] as? Int != nil)
    }
  }
}
