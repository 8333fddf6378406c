import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage

/// Writes the status file and the metrics beside it, and logs what keeps a source from being read or new streams from
/// being counted, once for as long as it does.
struct StatusPublisher {
  private struct SourceProblem: Hashable {
    var source: String
    var sentence: String
  }

  private let time: TimeSource
  private let startedAt: Int64
  private var reportedProblems: Set<SourceProblem> = []
  private var reportedOverflowCount = 0
  private var hasReportedStreamLimit = false
  /// By source.
  private var reportedInferences: [String: InferredTime] = [:]

  /// Of the newest files.
  private(set) var writtenBytes = 0
  /// As it was when it could be read.
  private var stateBytes = 0

  /// By source, of those that read old lines.
  private var backlogs: [String: Backlog] = [:]
  private var hourBacklog: Backlog?

  init(time: TimeSource) {
    self.time = time
    startedAt = time.monotonicMicroseconds()
  }

  /// - Parameter problems: Of the daemon; those of sources are found out here.
  /// - Throws: `SystemError`: the files stay as they were.
  mutating func publish(
    _ session: borrowing Session, _ actions: StatusReport.Actions, problems: [String], _ log: Log
  ) throws {
    reportSourceProblems(session, log)
    reportInferences(session, log)
    let streamLimit = session.streamLimitProblem
    reportStreamLimit(streamLimit, log)
    let size = readSize(of: session.writer.state.file)
    let status = report(
      session, actions, problems: problems + [streamLimit, size].compactMap(\.self))
    let settings = session.settings
    let path = settings.statusPath
    try LockedState.makeFolder(of: path)
    let json = try status.json()
    try SmallFile.replace(
      path, with: json.span, mode: settings.statusMode, group: settings.statusGroup)
    let metrics = Array(PrometheusText(status).text.utf8)
    let folder = URL(filePath: path).deletingLastPathComponent()
    try SmallFile.replace(
      folder.appending(path: "metrics.prom").path, with: metrics.span, mode: settings.statusMode,
      group: settings.statusGroup)
    writtenBytes = json.count + metrics.count
  }

  private mutating func reportSourceProblems(_ session: borrowing Session, _ log: Log) {
    var found: Set<SourceProblem> = []
    for source in session.monitor.sources.indices {
      for problem in session.intake.status(source: source).problems {
        let name = session.monitor.sources[source].name
        let known = SourceProblem(source: name, sentence: problem.sentence)
        guard found.insert(known).inserted, !reportedProblems.contains(known) else { continue }
        log.write(
          problem.isExpected ? .info : .error,
          "A source is not read as it should be: "
            + String(escapedForDisplay: "\(name): \(problem.sentence)", limit: 500),
          id: .sourceProblem,
          fields: [
            Field("HARBINGER_SOURCE", name), Field("HARBINGER_REASON", problem.sentence),
          ])
      }
    }
    reportedProblems = found
    let overflowCount = session.intake.overflowCount
    if overflowCount > reportedOverflowCount {
      log.write(
        .warning, "inotify events were dropped, and all files looked at again", id: .sourceProblem)
    }
    reportedOverflowCount = overflowCount
  }

  private mutating func reportInferences(_ session: borrowing Session, _ log: Log) {
    for (index, source) in session.monitor.sources.enumerated()
    where !source.inferred.isSubset(of: reportedInferences[source.name] ?? []) {
      reportedInferences[source.name] = source.inferred
      let zone = session.settings.sources[index].timeZone
      let reason = source.inferred.sentences(zone: zone.name).joined(separator: "; ")
      log.write(
        .info, "A source's lines do not say all of their time",
        fields: [
          Field("HARBINGER_SOURCE", source.name),
          Field("HARBINGER_REASON", reason),
        ])
    }
  }

  private mutating func reportStreamLimit(_ problem: String?, _ log: Log) {
    if let problem, !hasReportedStreamLimit {
      log.write(
        .warning, "Requests of new streams are not counted", id: .sourceProblem,
        fields: [Field("HARBINGER_REASON", problem)])
    }
    hasReportedStreamLimit = problem != nil
  }

  /// - Returns: Why the size is that of an earlier status; nil if it is not.
  private mutating func readSize(of state: StateFile) -> String? {
    do {
      stateBytes = try state.sizeBytes()
      return nil
    } catch {
      return "the size of the state cannot be read: \(error)"
    }
  }

  private mutating func catchUp(of source: String, lagBytes: Int) -> StatusReport.ByteCatchUp? {
    let now = time.monotonicMicroseconds()
    var backlog =
      backlogs[source] ?? Backlog(left: lagBytes, atLeast: Backlog.bytesMin, now: now)
    let progress = backlog?.update(left: lagBytes, now: now)
    backlogs[source] = progress == nil ? nil : backlog
    return progress.map { StatusReport.ByteCatchUp($0) }
  }

  private mutating func catchUp(openHour: Int, hoursLeft: Int) -> StatusReport.HourCatchUp? {
    let now = time.monotonicMicroseconds()
    hourBacklog = hourBacklog ?? Backlog(left: hoursLeft, atLeast: Backlog.hoursMin, now: now)
    let progress = hourBacklog?.update(left: hoursLeft, now: now)
    if progress == nil { hourBacklog = nil }
    return progress.map { StatusReport.HourCatchUp($0, openHour: openHour) }
  }

  private mutating func report(
    _ session: borrowing Session, _ actions: StatusReport.Actions, problems: [String]
  ) -> StatusReport {
    let monitor = session.monitor
    var sources: [StatusReport.Source] = []
    for index in monitor.sources.indices {
      var source = StatusReport.Source(
        monitor.sources[index], session.intake.status(source: index),
        timeZone: session.settings.sources[index].timeZone.name,
        stalledBits: session.settings.stalledBits)
      source.catchUp = catchUp(of: source.name, lagBytes: source.lagBytes)
      sources.append(source)
    }
    return StatusReport(
      version: Version.text, pid: Int(ProcessInfo.processInfo.processIdentifier),
      written: UTCTime(seconds: time.nowSeconds).text,
      uptimeSeconds: Int((time.monotonicMicroseconds() - startedAt) / 1_000_000),
      catchUp: catchUp(
        openHour: monitor.openHour ?? 0, hoursLeft: monitor.hoursLeft(at: time.nowSeconds)),
      sources: sources,
      streams: monitor.interestingStreams().compactMap { monitor.status(of: $0) },
      totals: monitor.totals,
      dormantStreams: monitor.dormantCount, skippedHours: monitor.silenceAllowance.skippedHours,
      training: StatusReport.Training(monitor.training, monitor.modelWatch),
      actions: actions, statePath: session.settings.statePath,
      stateBytes: stateBytes,
      residentBytes: ProcessFacts.residentBytes ?? 0, problems: problems)
  }
}
