import Arithmetic
import Foundation
import Glibc
import Reporting
import TestSupport
import Testing

/// `harbinger report`, on the state that a daemon leaves and on logs, with names that strangers chose.
@Suite(.serialized) struct ReportCommandTests {
  private let bed: DaemonBed
  private let daily = DailyLog(days: 60, hoursFromNow: 4)
  private static let browser = "/usr/bin/chromium"
  private static let hasBrowser = FileManager.default.isExecutableFile(atPath: browser)

  /// A script, quotes that would end an attribute, the second with an accent on it, marks that reorder, and
  /// sequences that a terminal obeys.
  private static let hostile = [
    "/<script>document.title=1</script>", #"/x'y"onload="alert(1)"#,
    "/q'\u{301}\u{202e}\u{2066}\u{1b}[31m\u{7}&amp;",
  ]

  init() throws {
    bed = try DaemonBed()
    try bed.folder.write(
      """
      sources: [{ name: web, files: \(bed.logPath), format: json, key: '{path}', time_zone: Asia/Kolkata }]
      training: { every: 24h, hidden: [4], epochs: 1, max_rows: 2000 }
      forecast: { grace: 0s }
      alert: { threshold: 0.3, clear: 0.1 }
      state: \(bed.statePath)
      status: \(bed.statusPath)

      """, to: "harbinger.yaml")
    try bed.append(
      daily.moments.flatMap { moment in
        Self.hostile.map { path in
          let object = ["time": moment.formatted(.iso8601), "path": path]
          let line = try? JSONSerialization.data(withJSONObject: object)
          return String(decoding: line ?? Data(), as: UTF8.self)
        }
      })
    let daemon = try bed.start()
    try daemon.wait(for: "alerts") {
      daemon.errors.split(separator: "\n").count { $0.contains("is likely at") } >= 3
    }
    daemon.send(SIGTERM)
    #expect(daemon.waitUntilExit() == 0)
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    try Program.run(arguments, in: bed.folder)
  }

  private func page(_ name: String) throws -> String {
    try String(contentsOfFile: bed.folder.path(name), encoding: .utf8)
  }

  /// The texts of cells and headings, row by row.
  private static func rows(_ html: String) -> [[String]] {
    html.matches(of: /<tr[^>]*>(.*?)<\/tr>/.dotMatchesNewlines()).map { row in
      row.1.matches(of: /<t[hd][^>]*>(.*?)<\/t[hd]>/.dotMatchesNewlines()).map {
        // A browser writes fewer entities than we do.
        String($0.1).replacing("&quot;", with: "\"").replacing("&#39;", with: "'")
      }
    }
  }

  @Test func namesAreTextWhateverTheyHold() throws {
    let result = try run("report", "--config", bed.settingsPath, "--output", "page.html")
    #expect(result.status == 0 && result.output == "", "\(result.errors)")
    let html = try page("page.html")
    #expect(!html.contains("<script") && !html.contains("\u{202e}") && !html.contains("\u{1b}"))
    #expect(html.contains("web:/&lt;script&gt;document.title=1&lt;/script&gt;</h2>"))
    #expect(html.contains("web:/x&#39;y&quot;onload=&quot;alert(1)</h2>"))
    #expect(html.contains(#"web:/q&#39;\u{301}\u{202e}\u{2066}\x1b[31m\x07&amp;amp;</h2>"#))
    // The page loads nothing from elsewhere.
    #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("url("))
    #expect(html.contains("default-src 'none'"))
    let mode = try FileManager.default.attributesOfItem(atPath: bed.folder.path("page.html"))
    #expect((mode[.posixPermissions] as? Int) == 0o600)
  }

  /// Goal: the page shows the same numbers as the other commands.
  @Test func itsNumbersAreThoseOfTheOtherCommands() throws {
    let name = "web:" + Self.hostile[0]
    let html = try run("report", "--state", bed.statePath, "--stream", name).output
    let forecasts = try JSONSerialization.jsonObject(
      with: Data(run("forecast", "--state", bed.statePath, "--stream", name, "--json").output.utf8))
    let hours = try #require((forecasts as? [[String: Any]])?.first?["hours"] as? [[String: Any]])
    let percents = hours.compactMap { ($0["probability"] as? Double).map { min($0, 0.99) * 100 } }
    let strip = try #require(
      html.firstMatch(of: /<table class="heat">(.*?)<\/table>/.dotMatchesNewlines()))
    let cells = strip.1.matches(
      of: /<td( class="[a-z ]+")? style[^>]*>(\d+)<\/td>/)
    #expect(cells.map { String($0.2) } == percents.map { Decimals.text($0, 0) })
    let isMarked = cells.map { $0.1?.contains("due") == true }
    #expect(isMarked == hours.map { $0["is_likely"] as? Bool } && isMarked.contains(true))

    let streams = try #require(try bed.status()?["streams"] as? [[String: Any]])
    let status = try #require(streams.first { $0["name"] as? String == name })
    let rows = Self.rows(html)
    var compared = 0
    for trial in try #require(status["thresholds"] as? [[String: Any]]) {
      let number = { (key: String) in trial[key] as? Int ?? -1 }
      guard let threshold = trial["threshold"] as? Double, threshold != 0.3 else { continue }
      let (alerts, wrong) = (number("alerts"), number("false_alarms"))
      let (starts, warned) = (number("episodes"), number("warned"))
      let counts = [alerts, alerts - wrong, wrong, starts, warned, starts - warned].map { "\($0)" }
      #expect(rows.contains(["\(Decimals.text(threshold * 100, 0)) %"] + counts))
      compared += 1
    }
    #expect(compared == 11)
    #expect(html.contains("active at that hour on 14 of the last 14 days"))
  }

  /// Goal: every alert has its mark on the time line, of the shape of its outcome.
  @Test func timelineHasAMarkForEachAlert() throws {
    let name = "web:" + Self.hostile[0]
    let html = try run("report", "--state", bed.statePath, "--stream", name).output
    let alerts = try run("alerts", "--state", bed.statePath, "--json").output.split(separator: "\n")
      .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
      .filter { $0["stream"] as? String == name }
    let outcomes = alerts.map { $0["outcome"] as? String ?? "" }
    let marks = html.matches(of: /class="mark ([a-z ]+)"[^>]*><title>([^<]*)<\/title>/)
    #expect(marks.count == alerts.count && alerts.count > 10)
    for (outcomesOfAKind, style) in [
      (["hit"], "good"), (["early", "late"], "open good"), (["false"], "open bad"),
    ] {
      #expect(
        marks.count { $0.1 == style } == outcomes.count { outcomesOfAKind.contains($0) }, "\(style)"
      )
    }
    // In the zone of the source.
    #expect(marks.allSatisfy { $0.2.contains(" IST, ") })
  }

  /// Goal: what is shown of learning is what `explain` and the state say.
  @Test func whatWasLearnedIsThatOfTheOtherCommands() throws {
    let name = "web:" + Self.hostile[0]
    let html = try run("report", "--state", bed.statePath, "--stream", name).output
    let forecasts = try JSONSerialization.jsonObject(
      with: Data(run("forecast", "--state", bed.statePath, "--stream", name, "--json").output.utf8))
    let hours = try #require((forecasts as? [[String: Any]])?.first?["hours"] as? [[String: Any]])
    let next = try #require(hours.first?["hour"] as? String)
    let said = try run("explain", "--json", "--state", bed.statePath, name, next)
    #expect(said.status == 0, "\(said.errors)")
    let facts = try JSONSerialization.jsonObject(with: Data(said.output.utf8)) as? [String: Any]
    let experts = try #require(facts?["experts"] as? [[String: Any]])
    #expect(experts.count > 5)
    let rows = Self.rows(html)
    for expert in experts {
      let numbers = ["weight", "probability"].map { (expert[$0] as? Double ?? -1) * 100 }
      let cells = numbers.map { "\(Decimals.text($0, 0)) %" }
      #expect(
        rows.contains {
          $0.first == expert["name"] as? String && Array($0.dropFirst().prefix(2)) == cells
        })
    }

    let training = try #require(try bed.status()?["training"] as? [String: Any])
    let last = try #require(training["last"] as? [String: Any])
    #expect(html.contains("Trained \(Decimals.counted(training["runs"] as? Int ?? 0, "run")), "))
    let loss = Decimals.text(last["log_loss_after"] as? Double ?? -1, 4)
    let verdict = last["verdict"] as? String
    #expect(rows.contains { $0.contains(loss) && $0.last == verdict })
  }

  @Test func logsAreReplayedForIt() throws {
    try bed.folder.write(daily.lines.joined(separator: "\n") + "\n", to: "old.log")
    let result = try run("report", "--format", "combined", "old.log")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("<!doctype html>") && result.output.hasSuffix("</html>\n"))
    #expect(result.output.contains("What harbinger would have forecast for old logs"))
    #expect(!result.output.contains("Stale"))
    // The same log gives the same page.
    #expect(try run("report", "--format", "combined", "old.log").output == result.output)
  }

  @Test func whatCannotBeDoneIsOneSentence() throws {
    let absent = try run("report", "--state", "/no/such.sqlite")
    #expect(absent.status == 66 && absent.errors.contains("/no/such.sqlite is not there"))
    let unknown = try run("report", "--state", bed.statePath, "--stream", "nobody")
    #expect(unknown.status == 66 && unknown.errors.hasPrefix("found no stream 'nobody', expected"))
    let folder = try run("report", "--state", bed.statePath, "--output", "no/such/page.html")
    #expect(folder.status == 73 && folder.errors.split(separator: "\n").count == 1)
    let both = try run("report", "--state", bed.statePath, "some.log")
    #expect(both.status == 64 && both.errors.contains("--state and logs exclude each other"))
  }

  /// Goal: a real browser shows the page without scripts, requests or errors.
  @Test(.enabled(if: hasBrowser, "needs Chromium, of the package chromium"))
  func aBrowserShowsItAndRunsNothing() throws {
    let result = try run("report", "--config", bed.settingsPath, "--output", "page.html")
    #expect(result.status == 0, "\(result.errors)")
    let browser = try ChildProcess.run([
      Self.browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
      "--user-data-dir=\(bed.folder.path("profile"))", "--dump-dom",
      "file://\(bed.folder.path("page.html"))",
    ])
    #expect(browser.status == 0)
    let dom = browser.output
    #expect(!browser.errors.contains("CONSOLE"))
    #expect(dom.contains("<title>Harbinger: when requests come</title>"))
    #expect(!dom.contains("<script") && dom.firstMatch(of: /<[^<>]*onload/) == nil)
    // The browser's document has what was written: three sections, each with its strip and pictures.
    #expect(dom.matches(of: /<section id="s\d"/).count == 3)
    #expect(Self.rows(dom) == Self.rows(try page("page.html")))
    #expect(dom.ranges(of: "<svg ").count == 3 * 7 + 1)
    #expect(dom.matches(of: /<desc id="s\d[a-z]d">[^<]{20}/).count == 3 * 7)
    #expect(dom.matches(of: /<desc id="networkd">[^<]{20}/).count == 1)
  }
}
