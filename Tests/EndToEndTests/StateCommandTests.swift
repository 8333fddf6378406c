import Foundation
import Glibc
import Reporting
import TestSupport
import Testing

/// The commands that read the state, `alerts` and `explain`, with the state of a daemon that has raised alerts about a
/// stream whose name a stranger chose.
@Suite(.serialized) struct StateCommandTests {
  private let bed: DaemonBed
  private let daily = DailyLog(days: 40, hoursFromNow: 4)
  /// The name in the log; raw, it would turn a terminal's text red and reverse it.
  private static let hostile = "/backup\u{1b}[31m\u{202e}x"
  private let stream = "web:" + hostile
  /// By the daemon.
  private let said: String

  init() throws {
    bed = try DaemonBed()
    try bed.writeSettings(
      """
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      """, key: "'{path}'")
    try bed.append(daily.lines.map { $0.replacing("/backup", with: Self.hostile) })
    let daemon = try bed.start()
    try daemon.wait(for: "an alert") { daemon.errors.contains("is likely at") }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
    said = daemon.errors
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(arguments + ["--config", bed.settingsPath], in: bed.folder)
  }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  /// Goal: the commands find a daemon that was started by hand without being told where. Method: its state where it
  /// lies by default.
  @Test(
    .enabled(
      if: ["/etc/harbinger/harbinger.yaml", "/var/lib/harbinger"].allSatisfy { (path: String) in
        !FileManager.default.fileExists(atPath: path)
      },
      "needs a machine without the service"))
  func stateOfADaemonStartedByHandIsFound() throws {
    let folder = bed.folder.url.appending(path: ".local/state/harbinger")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(try Program.run(["alerts"], in: bed.folder).status == 66)
    try FileManager.default.copyItem(
      atPath: bed.statePath, toPath: folder.appending(path: "harbinger.sqlite").path)
    let found = try Program.run(["alerts"], in: bed.folder)
    #expect(found.status == 0 && found.output.contains("upcoming"))
  }

  /// Goal: reported alerts are listed, for people and for programs, and no name reaches a terminal unescaped.
  @Test func alertsAreListedWithTheirOutcomes() throws {
    let table = try run("alerts")
    #expect(table.status == 0)
    let lines = table.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("about") == true)
    let time = daily.nextHour.replacing("T", with: " ") + ":00 UTC  upcoming"
    #expect(lines.contains { $0.contains(time) }, "\(table.output)")
    #expect(!table.output.contains("\u{1b}[31m") && !table.output.contains("\u{202e}"))
    #expect(table.output.contains(#"\x1b[31m"#))

    let all = try run("alerts", "--json").output.split(separator: "\n").map(object)
    #expect(all.allSatisfy { $0["stream"] as? String == stream })
    let upcoming = try #require(
      all.first { ($0["hour"] as? String)?.hasPrefix(daily.nextHour) == true })
    #expect(upcoming["kind"] as? String == "upcoming" && upcoming["outcome"] == nil)
    #expect((upcoming["probability"] as? Double).map { (0.3...1).contains($0) } == true)
    #expect((upcoming["explanation"] as? String)?.hasPrefix("mostly by the ") == true)
    #expect((upcoming["id"] as? String)?.count == 16)
    // The same words as when it was delivered.
    let message = try #require(upcoming["message"] as? String)
    #expect(message.hasPrefix(#"A request to web:/backup\x1b[31m\u{202e}x is likely at "#))
    #expect(message.hasSuffix("): active at that hour on 14 of the last 14 days"))
    // Standard error escapes what is escaped.
    let words = message.replacing(#"\"#, with: #"\\"#)
    #expect(said.contains("notice: \(words) (HARBINGER_STREAM="))
    let wide = try Program.run(
      ["alerts", "--config", bed.settingsPath], in: bed.folder, environment: ["COLUMNS": "400"])
    #expect(wide.output.split(separator: "\n").contains { $0.hasSuffix(message) })
    // Those of the weeks before are judged.
    #expect(
      all.contains { $0["outcome"] as? String == "hit" && $0["suppressed"] as? String == "past" })

    let since = String(daily.nextHour.prefix(10))
    let later = try run("alerts", "--json", "--since", since).output.split(separator: "\n")
    #expect(!later.isEmpty && later.count < all.count)
    #expect(try run("alerts", "--json", "--since", "9999-12-31").output == "")
  }

  @Test func hourToComeIsExplained() throws {
    let said = try run("explain", stream, daily.nextHour)
    #expect(said.status == 0, "\(said.errors)")
    let lines = said.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first?.contains(#"\x1b[31m"#) == true)
    #expect(lines.first?.wholeMatch(of: /.*, \w+ .* UTC, [4-6] h ahead: p = 0\.\d+/) != nil)
    #expect(lines.contains { $0.hasPrefix("expert") } && lines.contains { $0.hasPrefix("logits") })
    #expect(!said.output.contains("\u{1b}[31m") && !said.output.contains("\u{202e}"))

    // The locale, C, has nothing else.
    #expect(!said.output.contains { !$0.isASCII })

    let facts = try object(run("explain", "--json", stream, daily.nextHour).output)
    #expect(facts["stream"] as? String == stream && facts["is_recalled"] as? Bool == false)
    #expect((facts["hour"] as? String)?.hasPrefix(daily.nextHour) == true)
    // The mixture is the weighted mean of its experts, and the reasons sum to what they explain.
    let experts = facts["experts"] as? [[String: Any]] ?? []
    func sum(_ members: [[String: Any]], _ value: ([String: Any]) -> Double?) -> Double {
      members.reduce(0) { $0 + (value($1) ?? .nan) }
    }
    let mixed = sum(experts) { expert in
      (expert["weight"] as? Double).flatMap { weight in
        (expert["probability"] as? Double).map { weight * $0 }
      }
    }
    let probability = try #require(facts["probability"] as? Double)
    // The experts' predictions are stored to two digits.
    #expect(probability >= 0.3 && abs(mixed - probability) < 5e-4)
    #expect(abs(sum(experts) { $0["weight"] as? Double } - 1) < 1e-6)
    let moved = sum(facts["reasons"] as? [[String: Any]] ?? []) { $0["contribution"] as? Double }
    let logit = try #require(facts["logit"] as? Double)
    let usual = try #require(facts["usual_logit"] as? Double)
    #expect(abs(moved - (logit - usual)) < 0.01 * max(1, abs(logit - usual)))
  }

  @Test func hourThatIsOverIsExplainedFromWhatWasKnownBefore() throws {
    let day = try #require(
      ISO8601DateFormatter().date(from: daily.nextHour + ":00:00Z")?.addingTimeInterval(-5 * 86_400)
    )
    let hour = ISO8601DateFormatter().string(from: day)
    let facts = try object(run("explain", "--json", "--lead", "2", stream, hour).output)
    #expect(facts["is_recalled"] as? Bool == true && facts["lead_hours"] as? Int == 2)
    #expect((facts["probability"] as? Double).map { (0.0...1).contains($0) } == true)
    let said = try run("explain", stream, hour)
    #expect(said.output.contains("(over; with the networks and weights of today)"))
  }

  /// Goal: a state is enough, as it is for the other commands. Method: the answers with and without the settings, which
  /// are nowhere for the second.
  @Test func aStateIsExplainedWithoutSettings() throws {
    let hour = daily.nextHour
    let alone = try Program.run(
      ["explain", "--json", "--state", bed.statePath, stream, hour], in: bed.folder)
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(try run("explain", "--json", stream, hour).output == alone.output)
  }

  @Test func whatCannotBeExplainedIsOneSentence() throws {
    let unknown = try run("explain", "nobody\u{1b}[1m", daily.nextHour)
    #expect(unknown.status == 66 && unknown.output == "")
    #expect(unknown.errors.split(separator: "\n").count == 1)
    #expect(
      unknown.errors.hasPrefix(
        #"found no stream 'nobody\x1b[1m', expected one of: web:/backup\x1b"#))
    #expect(!unknown.errors.contains("\u{1b}"))
    let far = try run("explain", stream, "2999-01-01T00")
    #expect(far.status == 66 && far.errors.contains("is out of reach, expected an hour from "))
    let ahead = try run("explain", "--lead", "25", stream, daily.nextHour)
    #expect(
      ahead.status == 64
        && ahead.errors.hasPrefix("--lead: found 25, expected a number from 1 to 24"))
    let absent = try run("explain", "--state", "/no/such.sqlite", stream, daily.nextHour)
    #expect(absent.status == 66 && absent.errors.contains("/no/such.sqlite is not there"))
  }
}
