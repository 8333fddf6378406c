import ArgumentParser
import Arithmetic
import Forecasting
import Foundation
import Host
import Interchange
import Monitoring
import Records
import Replay
import Reporting
import Settings
import Storage

/// Reads and replays logs while telling, on standard error, how far it is.
struct ReplayProgress {
  private var progress: ProgressDisplay

  init(isQuiet: Bool) {
    progress = ProgressDisplay(.standardError) { text in
      if !isQuiet { FileHandle.standardError.write(Data(text.utf8)) }
    }
  }

  private static var nowSeconds: Double { Double(WallClock.monotonicMicroseconds) / 1e6 }

  /// - Throws: `ExitCode`, after saying why, if there is nothing to replay.
  mutating func read(_ paths: [String], _ settings: ServiceSettings) throws -> LogHistory {
    var progress = progress
    let history = try LogHistory(paths: paths, settings: settings, now: WallClock.nowSeconds) {
      bytes, total in
      progress.update(
        "reading", fraction: total.map { Double(bytes) / Double(max($0, 1)) },
        nowSeconds: Self.nowSeconds)
    }
    for problem in history.problems { progress.finish(problem) }
    guard let hours = history.hours else {
      for (reason, rejection) in history.batch.rejections {
        progress.finish("\(rejection.count) lines \(reason.rawValue), such as \(rejection.example)")
      }
      progress.finish("no record was found in \(paths.joined(separator: ", "))")
      throw history.problems.isEmpty ? ExitCode.badData : ExitCode.noInput
    }
    progress.finish(
      "read \(history.batch.lineCount) lines, \(history.countedCount) counted, "
        + "from \(UTCTime(hour: hours.lowerBound).text) to \(UTCTime(hour: hours.upperBound).text)")
    for (reason, rejection) in history.batch.rejections.sorted(by: {
      $0.key.rawValue < $1.key.rawValue
    }) {
      progress.finish("  \(rejection.count) \(reason.rawValue), such as \(rejection.example)")
    }
    return history
  }

  /// - Parameter prepare: A last look at the replay before it starts.
  mutating func replay(
    _ history: LogHistory, _ settings: ServiceSettings, fromFraction: Double, leads: Set<Int>,
    prepare: (inout LogReplay) throws -> Void
  ) throws -> LogReplay {
    guard let hours = history.hours else { throw ExitCode.badData }
    let cut = hours.lowerBound + Int(Double(hours.count) * fromFraction)
    var replay = LogReplay(
      monitor: Monitor(settings: settings.monitor),
      evaluation: Evaluation(fromHour: cut, leads: leads))
    try prepare(&replay)
    if replay.state == nil, history.hasMoreStreams(than: settings.maxStreams) {
      replay.state = try StateFile()
    }
    let start = Self.nowSeconds
    for event in history.events {
      try replay.handle(event)
      let done = (replay.monitor.openHour ?? hours.lowerBound) - hours.lowerBound
      progress.update(
        "forecasting and learning, hour by hour", fraction: Double(done) / Double(hours.count),
        nowSeconds: Self.nowSeconds)
    }
    try replay.finish()
    let skipped = replay.monitor.silenceAllowance
    if skipped.skippedSilences > 0 {
      progress.finish(
        "\(skipped.skippedHours) hours in \(skipped.skippedSilences) long silences were not gone through: "
          + "all streams began anew after each")
    }
    let seconds = Decimals.text(Self.nowSeconds - start, 1)
    let adopted = replay.reports.count { $0.isAdopted }
    progress.finish(
      "replayed \(hours.count) hours of \(replay.monitor.streams.count) streams in \(seconds) s; "
        + "trained \(replay.reports.count) times, \(adopted) networks adopted")
    return replay
  }
}
