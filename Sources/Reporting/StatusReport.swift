import Arithmetic
package import Forecasting
import Foundation
package import Host
package import Monitoring
import Records
import Series

/// What the status file says, as it says it: `deploy/status.schema.json` describes each member.
package struct StatusReport: Codable, Equatable {
  /// One entry of `sources`.
  package struct Source: Codable, Equatable {
    /// Lines that were rejected for one reason.
    package struct Rejection: Codable, Equatable {
      package var count: Int
      /// The latest such line with its letters and digits masked: the status may be read by users who may not read
      /// the log.
      package var latest: String
    }

    package var name: String
    package var file: String?
    var presentFiles: Int
    package var lagBytes: Int
    package var catchUp: ByteCatchUp?
    package var lines: Int
    package var counted: Int
    package var filtered: Int
    package var overflow: Int
    package var rejected: [String: Rejection]
    var newestRecord: String?
    /// Hours without a line, and how surprising it is that its streams saw nothing in them.
    var silentHours: Int
    package var silenceBits: Double
    var isStalled: Bool
    package var problems: [String]
    /// What of the times of its lines does not stand in them: `year`, `time_zone`.
    package var inferred: [String]?
    /// In which times are read that name none, such as `Europe/Berlin`.
    package var timeZone: String?
  }

  /// The forecast of one hour.
  package struct Forecast: Codable, Equatable {
    package var hour: String
    package var probability: Double
    /// Before the penalty is taken out.
    package var score: Double?
  }

  /// The scores of one lead.
  package struct Score: Codable, Equatable {
    package var leadHours: Int
    package var logLoss: Double
    package var brierScore: Double
    package var activeShare: Double
    /// Skill by reference.
    package var skill: [String: Double]
  }

  /// What warnings of requests came to in the last thirteen weeks, or would have with a threshold.
  package struct Warnings: Codable, Equatable {
    package var threshold: Double
    package var alerts: Int
    package var hits: Int
    package var falseAlarms: Int
    package var suppressed: Int?
    package var episodes: Int
    package var warned: Int
    package var precision: Double?
    package var recall: Double?
    /// By `miss_cost` and `false_alarm_cost`.
    package var cost: Double
  }

  /// How much was seen of a stream, and how much its alerts wait for.
  package struct Evidence: Codable, Equatable {
    /// The first hour that was counted.
    package var since: String
    package var activeHours: Int
    package var activeDays: Int
    package var neededActiveHours: Int
    package var neededDays: Int
  }

  /// One stream in memory.
  package struct Stream: Codable, Equatable {
    package var name: String
    /// Of the hours of its day; such as `Europe/Berlin`.
    package var timeZone: String?
    package var evidence: Evidence?
    var lastRequest: String
    var currentHour: String
    var currentHourRequests: Int
    package var next: [Forecast]
    package var scores: [Score]
    /// How much each expert counts at lead 1.
    package var weights: [String: Double]
    package var upcoming: Warnings
    /// The same for other thresholds.
    package var thresholds: [Warnings]
  }

  /// How the training of the network has gone.
  package struct Training: Codable, Equatable {
    package var runs: Int
    package var adopted: Int
    package var isRunning: Bool
    package var lastEnd: String?
    package var last: TrainingReport?
    /// The network has become worse than the baselines.
    package var isDegraded: Bool
    /// Against them, an hour ahead, over the newest weeks.
    package var recentSkill: Double?
  }

  /// What was done about alerts since the start.
  package struct Actions: Codable, Equatable {
    package var done = 0
    package var failed = 0
    package var dropped = 0
    package var waiting = 0
    package var running = 0
    /// Why each way failed, if it did the last time.
    package var failures: [String: String] = [:]

    package init() {}
  }

  package var schema = 1
  package var version: String
  package var pid: Int
  package var written: String
  package var uptimeSeconds: Int
  /// Nil: what is forecast is of today.
  package var catchUp: HourCatchUp?
  package var sources: [Source]
  /// The hundred most interesting; `totals` has how many there are.
  package var streams: [Stream]
  package var totals: Totals
  /// Known, and not in memory.
  package var dormantStreams: Int
  /// Of silences that were too long to be gone through.
  package var skippedHours: Int
  package var training: Training
  package var actions: Actions
  package var statePath: String
  package var stateBytes: Int
  package var residentBytes: Int
  package var problems: [String]

  package init(
    version: String, pid: Int, written: String, uptimeSeconds: Int, catchUp: HourCatchUp?,
    sources: [Source], streams: [Stream], totals: Totals, dormantStreams: Int, skippedHours: Int,
    training: Training,
    actions: Actions, statePath: String, stateBytes: Int, residentBytes: Int, problems: [String]
  ) {
    self.version = version
    self.pid = pid
    self.written = written
    self.uptimeSeconds = uptimeSeconds
    self.catchUp = catchUp
    self.sources = sources
    self.streams = streams
    self.totals = totals
    self.dormantStreams = dormantStreams
    self.skippedHours = skippedHours
    self.training = training
    self.actions = actions
    self.statePath = statePath
    self.stateBytes = stateBytes
    self.residentBytes = residentBytes
    self.problems = problems
  }
}

extension StatusReport {
  /// The status file's bytes, with a line break at the end.
  package func json() throws -> [UInt8] {
    try JSONText.bytes(self) + [UInt8(ascii: "\n")]
  }

  /// Reads what `json()` gave.
  ///
  /// - Throws: `UnusableStatus`, for what is no status file or one of another version, or has numbers that cannot be.
  package init(json: [UInt8]) throws {
    let data = Data(json)
    do {
      guard Self.isPossible(try JSONSerialization.jsonObject(with: data)) else {
        throw UnusableStatus(reason: "it has a number that no daemon writes")
      }
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(StatusReport.self, from: data)
    } catch let error as UnusableStatus {
      throw error
    } catch {
      throw UnusableStatus(reason: "it is no status of this version of harbinger")
    }
  }

  /// Whether all numbers can be added up and shown without overflow.
  private static func isPossible(_ value: Any) -> Bool {
    switch value {
    case let number as NSNumber: number.doubleValue.magnitude <= 1e15
    case let members as [String: Any]: members.values.allSatisfy(isPossible)
    case let elements as [Any]: elements.allSatisfy(isPossible)
    default: true
    }
  }
}

/// Why a status file cannot be shown.
package struct UnusableStatus: Error, Equatable, CustomStringConvertible {
  /// In words, for the operator.
  package var reason: String

  package var description: String { "the status file is not usable: \(reason)" }
}

extension StatusReport.Source {
  package init(
    _ progress: SourceProgress, _ tail: SourceStatus?, timeZone: String, stalledBits: Double
  ) {
    name = progress.name
    file = tail?.path
    presentFiles = tail?.fileCount ?? 0
    lagBytes = Int(tail?.lagBytes ?? 0)
    lines = progress.lineCount
    counted = progress.countedCount
    filtered = progress.filteredCount
    overflow = progress.overflowCount
    rejected = Dictionary(
      uniqueKeysWithValues: progress.rejections.map { reason, rejection in
        (reason.rawValue, Rejection(rejection))
      })
    newestRecord = progress.watermark.map { UTCTime(seconds: $0).text }
    silentHours = progress.silence.hours
    silenceBits = progress.silence.bits
    isStalled = progress.silence.bits >= stalledBits
    problems = tail?.problems.map(\.sentence) ?? []
    inferred = progress.inferred.names
    self.timeZone = timeZone
  }
}

extension StatusReport.Source.Rejection {
  init(_ rejection: RecordBatch.Rejection) {
    count = rejection.count
    latest = Self.masked(rejection.example)
  }

  /// What a line looks like, without what it says: ASCII digits become `0`, spaces and ASCII punctuation stay, and
  /// everything else is `x`.
  private static func masked(_ text: String) -> String {
    let bytes = text.unicodeScalars.map { scalar -> UInt8 in
      switch scalar {
      case "0"..."9": UInt8(ascii: "0")
      case "a"..."z", "A"..."Z": UInt8(ascii: "x")
      case " "..."~": UInt8(ascii: scalar)
      default: UInt8(ascii: "x")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension StatusReport.Warnings {
  package init(_ threshold: Double, _ tally: WarningTally, _ settings: AlertSettings) {
    self.threshold = threshold
    alerts = tally.alerts
    hits = tally.hits
    falseAlarms = tally.falseAlarms
    episodes = tally.episodes
    warned = tally.warned
    precision = tally.precision
    recall = tally.recall
    cost = tally.cost(settings)
  }

  /// `in 13 weeks 54 of 59 warnings were right; 75 of 118 starts were announced`; nil: there was nothing to announce.
  package var sentence: String? {
    guard alerts > 0 || episodes > 0 else { return nil }
    let right = alerts - falseAlarms
    let warnings =
      alerts == 0
      ? "no warning"
      : "\(right) of \(Decimals.counted(alerts, "warning")) \(right == 1 ? "was" : "were") right"
    let starts =
      episodes == 0
      ? []
      : [
        "\(warned) of \(Decimals.counted(episodes, "start")) \(warned == 1 ? "was" : "were") announced"
      ]
    return "in 13 weeks " + ([warnings] + starts).joined(separator: "; ")
  }
}

extension StatusReport.Stream {
  package init(name: String, _ stream: Monitor.Stream, _ alert: AlertSettings) {
    self.name = name
    let learned = stream.learned
    let forecaster = learned.forecaster
    let features = forecaster.features
    timeZone = features.calendar.timeZone.name
    evidence = StatusReport.Evidence(
      since: UTCTime(hour: stream.series.firstHour).text, activeHours: features.activeHourCount,
      activeDays: features.activeDayCount, neededActiveHours: alert.evidenceActiveHours,
      neededDays: alert.evidenceDays)
    lastRequest = UTCTime(seconds: stream.latestRequest).text
    currentHour = UTCTime(hour: stream.series.openHour).text
    currentHourRequests = stream.series.count(at: stream.series.openHour)
    next = forecaster.forecasts.map {
      StatusReport.Forecast(
        hour: UTCTime(hour: forecaster.origin + $0.lead).text, probability: $0.probability,
        score: $0.score)
    }
    let leads = StreamForecaster.scoredLeads(horizon: max(1, forecaster.forecasts.count))
    scores = zip(leads, forecaster.scores).filter { !$0.1.isEmpty }.map { lead, score in
      StatusReport.Score(
        leadHours: lead, logLoss: score.meanLogLoss, brierScore: score.brierScore,
        activeShare: score.activeShare,
        skill: Dictionary(
          uniqueKeysWithValues: ExpertList.standard.baselines.map {
            ($0.name, score.skill(against: $0))
          }))
    }
    weights = Dictionary(
      uniqueKeysWithValues: forecaster.contributions(lead: 1).map { ($0.expert, $0.weight) })
    let policy = learned.policy
    upcoming = StatusReport.Warnings(policy.threshold, policy.tally, alert)
    upcoming.suppressed = policy.tally.suppressed
    thresholds = policy.trialTallies.map { StatusReport.Warnings($0.threshold, $0.tally, alert) }
  }
}

extension StatusReport.Training {
  package init(_ schedule: TrainingSchedule, _ watch: ModelWatch) {
    runs = schedule.runCount
    adopted = schedule.adoptedCount
    isRunning = schedule.isRunning
    lastEnd = schedule.lastHour.map { UTCTime(hour: $0).text }
    last = schedule.lastReport
    isDegraded = watch.isDegraded
    recentSkill = watch.skill
  }
}
