import ArgumentParser
import Forecasting
import Foundation
import Host
import Monitoring
import Replay
import Reporting
import Settings
import Storage

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Forecasts old logs as the daemon would have, and scores the forecasts and alerts.",
    discussion: """
      Runs the daemon's code by the log's own time: every hour is forecast before it is read. Logs may be \
      compressed (.gz, .zst, .xz); a table of hourly counts (key,hour_start_utc_epoch,count) is read as \
      well. Nothing is kept unless --state is given. For example:

      harbinger replay --key {path} /var/log/nginx/access.log*
      """)

  @OptionGroup var options: ReplayOptions

  @Option(
    help:
      "Keep the state in this file, which must be new, for the other commands. A daemon would count the lines again.",
    completion: .file())
  var state: String?

  @Option(
    help: ArgumentHelp(
      "Score only the last part of the log, from this fraction on.", valueName: "fraction"))
  var from = 0.0

  @Flag(help: "Print JSON.")
  var json = false

  @Argument(help: "The logs; - is standard input.", completion: .file())
  var logs: [String]

  func validate() throws {
    guard (0..<1).contains(from) else {
      throw ValidationError("--from: found \(from), expected a number from 0 to below 1")
    }
  }

  func run() throws {
    let settings = try options.settings(for: logs)
    if let state { try Self.requireNew(state) }
    try BackupCommand.reportingFailures {
      // A replay that is interrupted leaves no state that looks like a whole one.
      var new = try state.map { path throws(SystemError) in try NewFile(for: path) }
      try replay(settings, keepingIn: new?.path)
      try new?.place()
    }
  }

  private func replay(_ settings: ServiceSettings, keepingIn state: String?) throws {
    let file = try state.map { try StateFile(path: $0) }
    var progress = ReplayProgress(isQuiet: json)
    let history = try progress.read(logs, settings)
    let replay = try progress.replay(
      history, settings, fromFraction: from, leads: Set(1...settings.forecast.horizonHours)
    ) { replay in
      replay.state = file
    }
    file?.close()
    let scoreboard = Scoreboard(replay, fromHour: replay.evaluation.fromHour)
    if json {
      print(try JSONText.text(scoreboard))
    } else {
      print(scoreboard.lines(.standardOutput).joined(separator: "\n"))
    }
  }

  /// A state that is there may be in use, and its counts are worth more than a replay.
  private static func requireNew(_ path: String) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.size] as? Int ?? 0 == 0 else {
      throw RunCommand.failure(
        "\(TerminalStyle.standardError.shown(path, limit: 400)) is there already: "
          + "name a file that is not there for the state of this replay",
        .cannotCreate)
    }
  }
}
