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
        progress.finish(
          "\(Decimals.counted(rejection.count, "line")) \(rejection.words(reason))")
      }
      // Of a file that cannot be read all is said.
      if history.problems.isEmpty {
        progress.finish("no record was found in \(paths.joined(separator: ", "))")
      }
      throw history.problems.isEmpty ? ExitCode.badData : ExitCode.noInput
    }
    if 2 * history.lateCount > history.countedCount {
      progress.finish(
        "\(history.lateCount) of \(Decimals.counted(history.countedCount, "request")) came after a line that is "
          + "hours newer: a log with its newest lines first must be turned around, for example by tac"
      )
    }
    let zone = settings.sources[0].timeZone
    let (first, last) = (
      LocalTime(hour: hours.lowerBound, in: zone), LocalTime(hour: hours.upperBound + 1, in: zone)
    )
    progress.finish(
      "read \(Decimals.counted(history.batch.lineCount, "line")), \(history.countedCount) counted, "
        + "from \(first.text) to \(last.text)")
    for (reason, rejection) in history.batch.rejections.sorted(by: {
      $0.key.rawValue < $1.key.rawValue
    }) {
      progress.finish("  \(rejection.count) \(rejection.words(reason))")
    }
    return history
  }

  /// - Parameters:
  ///   - keepsForecasts: As in `Evaluation`.
  ///   - prepare: A last look at the replay before it starts.
  mutating func replay(
    _ history: LogHistory, _ settings: ServiceSettings, fromFraction: Double, leads: Set<Int>,
    keepsForecasts: Bool = false,
    prepare: (inout LogReplay) throws -> Void
  ) throws -> LogReplay {
    guard let hours = history.hours else { throw ExitCode.badData }
    let cut = hours.lowerBound + Int(Double(hours.count) * fromFraction)
    var replay = LogReplay(
      monitor: Monitor(settings: settings.monitor),
      evaluation: Evaluation(fromHour: cut, leads: leads, keepsForecasts: keepsForecasts))
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
        "\(Decimals.counted(skipped.skippedHours, "hour")) in "
          + "\(Decimals.counted(skipped.skippedSilences, "long silence")) were not gone through: "
          + "all streams began anew after each")
    }
    let seconds = Decimals.text(Self.nowSeconds - start, 1)
    let adopted = replay.reports.count { $0.isAdopted }
    progress.finish(
      "replayed \(Decimals.counted(hours.count, "hour")) of "
        + "\(Decimals.counted(replay.monitor.streams.count, "stream")) in \(seconds) s; "
        + "trained \(Decimals.counted(replay.reports.count, "time")), \(adopted) with a better network"
    )
    return replay
  }
}
