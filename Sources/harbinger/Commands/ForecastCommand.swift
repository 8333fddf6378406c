import ArgumentParser
import Foundation
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage

struct ForecastCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Shows the hours ahead: how likely a request is in each, and where an alert is due.",
    discussion: """
      Shows what the running daemon forecast at the end of the last hour, from its status file or, where \
      there is none, from its state. Hours are those of the stream's time zone. For example:

      harbinger forecast --stream backup --hours 12
      """)

  @Option(
    name: .shortAndLong, help: "The settings file that says where status file and state are.",
    completion: .file(extensions: ["yaml"]))
  var config: String?

  @Option(
    help: "Read this state, such as a replay's, and no status file.", completion: .file())
  var state: String?

  @Option(help: "Only this stream, as in the status.")
  var stream: String?

  @Option(help: ArgumentHelp("How many hours ahead. (default: a day)", valueName: "number"))
  var hours: Int?

  @Flag(help: "Print JSON.")
  var json = false

  private static let usualHours = 24
  /// Streams that are shown to people who name none.
  private static let streamsMax = 10

  func validate() throws {
    if let hours, !(1...8_784).contains(hours) {
      throw ValidationError("--hours: found \(hours), expected a number from 1 to 8784")
    }
  }

  func run() throws {
    let now = WallClock.nowSeconds
    var found = try outlooks()
    if let stream {
      let name = RunCommand.stream(stream, among: found.names)
      found.outlooks = found.outlooks.filter { $0.stream == name }
      if found.outlooks.isEmpty { throw RunCommand.unknownStream(stream, of: found.names) }
    }
    if json {
      print(
        try JSONText.text(
          found.outlooks.map {
            ForecastDocument($0, hours: hours, from: found.keeper, now: now)
          }))
    } else {
      let style = TerminalStyle.standardOutput
      for line in lines(found, now: now, style) { print(line) }
    }
  }

  /// What was found, and where.
  private struct Found {
    var outlooks: [StreamOutlook]
    var keeper: ForecastKeeper
    var names: [String]

    init(_ outlooks: [StreamOutlook], from keeper: ForecastKeeper) {
      self.outlooks = outlooks
      self.keeper = keeper
      names = outlooks.map(\.stream)
    }
  }

  private func outlooks() throws -> Found {
    guard state == nil else { return try Self.outlooks(stateAt: statePath()) }
    let statusPath = try StatusCommand.path(file: nil, config: config)
    guard let bytes = try SmallFile.read(statusPath, limitBytes: StatusCommand.bytesMax) else {
      return try Self.outlooks(stateAt: statePath())
    }
    let status = try StatusCommand.report(bytes)
    // Of many streams the status file has some.
    if let stream, status.streams.count < status.totals.streams,
      !status.streams.contains(where: { $0.name == stream })
    {
      return try Self.outlooks(stateAt: statePath())
    }
    return Found(
      status.streams.map { StreamOutlook($0, zone: StreamOutlook.zone) },
      from: ProcessFacts.isRunning(status.pid)
        ? .daemon(catchUp: status.catchUp) : .stoppedDaemon)
  }

  private func statePath() throws -> String {
    try StatePlace.path(config: config ?? StatePlace.usualConfig, state: state)
  }

  private static func outlooks(stateAt path: String) throws -> Found {
    let outlooks = try StreamOutlook.all(in: StateFile(readingAt: path))
    let holder = LockFile.holder(of: path + ".lock")
    return Found(
      outlooks, from: holder.map(ProcessFacts.isRunning) == true ? .openState : .nobody)
  }

  private func lines(_ found: Found, now: Int64, _ style: TerminalStyle) -> [String] {
    guard !found.outlooks.isEmpty else {
      return ["There is no stream yet: the first line that is counted begins one."]
    }
    var lines: [String] = []
    for outlook in found.outlooks.prefix(Self.streamsMax) {
      if !lines.isEmpty { lines.append("") }
      lines +=
        ForecastText(
          outlook, hourCount: hours ?? Self.usualHours, now: now, from: found.keeper, style
        ).lines
    }
    let rest = found.outlooks.count - Self.streamsMax
    if rest > 0 { lines += ["", "\(rest) more streams: name one with --stream, or see --json."] }
    return lines
  }
}

/// The hours ahead of one stream, for programs.
struct ForecastDocument: Encodable {
  struct Hour: Encodable {
    var hour: String
    var localTime: String
    var probability: Double
    var isLikely: Bool
  }

  var stream: String
  var timeZone: String
  /// The end of the newest closed hour.
  var madeAt: String?
  /// Nil: it is of an old log.
  var isStale: Bool?
  /// A word for why.
  var staleReason: String?
  var threshold: Double?
  var hours: [Hour]
  var evidence: StatusReport.Evidence?

  /// - Parameter now: Seconds since the epoch, for one that was to be kept up to date.
  init(_ outlook: StreamOutlook, hours: Int?, from keeper: ForecastKeeper, now: Int64) {
    self.init(outlook, hours: hours)
    isStale = keeper.hoursStale(outlook, now: now) != nil
    staleReason = isStale == true ? keeper.code : nil
  }

  init(_ outlook: StreamOutlook, hours: Int?) {
    stream = outlook.stream
    timeZone = outlook.zone.name
    madeAt = outlook.origin.map { UTCTime(hour: $0 + 1).text }
    threshold = outlook.threshold
    self.hours = outlook.hours(hours ?? outlook.probabilities.count).map {
      Hour(
        hour: UTCTime(hour: $0.hour).text,
        localTime: LocalTime(hour: $0.hour, in: outlook.zone).text, probability: $0.probability,
        isLikely: $0.isLikely)
    }
    evidence = outlook.evidence.map { StatusReport.Evidence($0) }
  }
}
