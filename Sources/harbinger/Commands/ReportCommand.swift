import Alerts
import ArgumentParser
import Forecasting
import Foundation
package import HTMLReport
import Host
import Monitoring
import Records
import Replay
import Reporting
import Settings
import Storage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a page for a browser: what is forecast, what came, and how right it was.",
    discussion: """
      One HTML file that needs neither network nor script. It shows the state, also while the daemon runs, or \
      logs, which are forecast as by 'replay'. For example:

      harbinger report --output report.html
      """)

  @OptionGroup var options: ReplayOptions

  @Option(help: "The state file, if it is not where the settings say.", completion: .file())
  var state: String?

  @Option(help: "Only this stream, as in the status.")
  var stream: String?

  @Option(
    name: .shortAndLong, help: "The file to write. (default: standard output)",
    completion: .file(extensions: ["html"]))
  var output: String?

  @Argument(
    help: "Logs to forecast instead of a state; - is standard input.", completion: .file())
  var logs: [String] = []

  /// The busiest are shown.
  private static let streamsMax = 20

  func validate() throws {
    if state != nil, !logs.isEmpty { throw ValidationError("--state and logs exclude each other") }
    // Of a state they would say nothing.
    if logs.isEmpty, let name = options.given.first {
      throw ValidationError("\(name): expected logs beside it")
    }
  }

  func run() throws {
    let page = try logs.isEmpty ? pageOfState() : pageOfLogs()
    guard let output else {
      print(page.html, terminator: "")
      return
    }
    let bytes = Array(page.html.utf8)
    do throws(SystemError) {
      // Names of streams may be addresses.
      try SmallFile.write(bytes.span, to: output, mode: 0o600)
    } catch {
      throw RunCommand.failure("\(error)", .cannotCreate)
    }
  }

  /// As far back as a page shows them.
  private static let forecastHours = 24 * RetentionSettings().forecastDays

  private func pageOfState() throws -> ReportPage {
    let path = try StatePlace.path(config: options.config ?? StatePlace.usualConfig, state: state)
    var reports = StateReports(stream: stream)
    return try reports.page(ofStateAt: path)
  }

  private func pageOfLogs() throws -> ReportPage {
    let settings = try options.settings(for: logs)
    var progress = ReplayProgress(isQuiet: false)
    let history = try progress.read(logs, settings)
    let file = try StateFile()
    let replay = try progress.replay(history, settings, fromFraction: 1, leads: []) { replay in
      replay.state = file
      replay.forecastsKeptHours = Self.forecastHours
    }
    return try Self.page(
      file, subject: "What harbinger would have forecast for old logs", now: nil,
      alerts: replay.alerts.map { ($0, replay.outcomes[$0.id]) }, stream: stream)
  }

  fileprivate static func page(
    _ file: StateFile, subject: String, now: Int64?,
    alerts: [(alert: Alert, outcome: Alert.Outcome?)], stream: String?
  ) throws -> ReportPage {
    var records = try file.streamRecords()
    if let stream {
      let names = records.map(\.name)
      let name = RunCommand.stream(stream, among: names)
      records.removeAll { $0.name != name }
      if records.isEmpty { throw RunCommand.unknownStream(stream, of: names) }
    }
    let all = records.count
    let shown = records.sorted {
      ($1.activeHours.count, $0.name) < ($0.activeHours.count, $1.name)
    }.prefix(streamsMax)
    let outlooks = StreamOutlook.all(of: Array(shown), hasNetwork: try file.hasModel())
    let monitor = try Monitor(file, streams: shown.map(\.name))
    let sent = Dictionary(grouping: alerts, by: \.alert.stream)
    let streams = try zip(shown, outlooks).map { record, outlook in
      let since = outlook.origin.map { $0 - Self.forecastHours } ?? 0
      let leads = record.terms?.leadHours ?? [1, 6]
      return StreamHistory(
        outlook: outlook, leadHours: leads[0]...leads[1], activeHours: record.activeHours,
        forecasts: Dictionary(
          try file.forecasts(of: record.name, since: since).map { ($0.hour, $0.probabilities) },
          uniquingKeysWith: { $1 }),
        alerts: (sent[record.name] ?? []).map {
          StreamHistory.SentAlert(
            alert: $0.alert, outcome: $0.outcome, message: $0.alert.message)
        }, trust: monitor.trust(record.name, leads: Set(leads).sorted()))
    }
    return try ReportPage(
      streams, trainings: file.trainingReports(), omittedCount: all - streams.count,
      subject: subject, version: Version.text, now: now)
  }
}

/// Reports of a state, each as it is then. To check its integrity takes longer than the rest, so it is done once for
/// each change of the file.
package struct StateReports {
  /// Only this one; nil: the busiest.
  private let stream: String?
  private var checkedFile: String?

  package init(stream: String?) { self.stream = stream }

  /// - Throws: `StateFileError`, `ExitCode`
  package mutating func page(ofStateAt path: String) throws -> ReportPage {
    // Before it is read: what changes meanwhile is checked the next time.
    let found = FileStamp(path)?.text
    let file = try StateFile(readingAt: path, isSound: found != nil && found == checkedFile)
    checkedFile = found
    return try ReportCommand.page(
      file, subject: "What harbinger knows of its streams", now: WallClock.nowSeconds,
      alerts: try file.alerts().map { ($0.alert, $0.outcome) }, stream: stream)
  }
}

extension Monitor {
  /// Whom the mixture of a stream trusts with its next hours.
  fileprivate func trust(_ name: String, leads: [Int]) -> [StreamHistory.Trust] {
    guard let origin = streams[name]?.forecaster.origin else { return [] }
    return leads.compactMap { lead in
      explanation(of: name, hour: origin + lead).map {
        StreamHistory.Trust(leadHours: lead, experts: $0.explanation.expertContributions)
      }
    }
  }
}
