import Forecasting
import Foundation
import Host
import Monitoring
import Records
import Series

/// What the status file says, as it says it: `deploy/status.schema.json` describes each member.
struct StatusReport: Codable, Equatable {
  struct Source: Codable, Equatable {
    struct Rejection: Codable, Equatable {
      var count: Int
      var latest: String
    }

    var name: String
    var file: String?
    var presentFiles: Int
    var lagBytes: Int
    var lines: Int
    var counted: Int
    var filtered: Int
    var overflow: Int
    var rejected: [String: Rejection]
    var newestRecord: String?
    /// Hours without a line, and how surprising it is that its streams saw nothing in them.
    var silentHours: Int
    var silenceBits: Double
    var isStalled: Bool
    var problems: [String]
  }

  struct Forecast: Codable, Equatable {
    var hour: String
    var probability: Double
    /// Before the penalty is taken out.
    var score: Double?
  }

  struct Score: Codable, Equatable {
    var leadHours: Int
    var logLoss: Double
    var brierScore: Double
    var activeShare: Double
    /// Skill by reference.
    var skill: [String: Double]
  }

  /// What warnings of requests came to in the last thirteen weeks, or would have with a threshold.
  struct Warnings: Codable, Equatable {
    var threshold: Double
    var alerts: Int
    var hits: Int
    var falseAlarms: Int
    var suppressed: Int?
    var episodes: Int
    var warned: Int
    var precision: Double?
    var recall: Double?
    /// By `miss_cost` and `false_alarm_cost`.
    var cost: Double
  }

  struct Stream: Codable, Equatable {
    var name: String
    var lastRequest: String
    var currentHour: String
    var currentHourRequests: Int
    var next: [Forecast]
    var scores: [Score]
    /// How much each expert counts at lead 1.
    var weights: [String: Double]
    var upcoming: Warnings
    /// The same for other thresholds.
    var thresholds: [Warnings]
  }

  struct Training: Codable, Equatable {
    var runs: Int
    var adopted: Int
    var isRunning: Bool
    var lastEnd: String?
    var last: TrainingReport?
    /// The network has become worse than the baselines.
    var isDegraded: Bool
    /// Against them, an hour ahead, over the newest weeks.
    var recentSkill: Double?
  }

  /// What was done about alerts since the start.
  struct Actions: Codable, Equatable {
    var done: Int
    var failed: Int
    var dropped: Int
    var waiting: Int
    var running: Int
    /// Why each way failed, if it did the last time.
    var failures: [String: String]
  }

  var schema = 1
  var version: String
  var pid: Int
  var written: String
  var uptimeSeconds: Int
  var sources: [Source]
  var streams: [Stream]
  /// Known, and not in memory.
  var parkedStreams: Int
  var training: Training
  var actions: Actions
  var statePath: String
  var stateBytes: Int
  var residentBytes: Int
  var problems: [String]
}

extension StatusReport {
  func json() throws -> [UInt8] {
    try JSONText.bytes(self) + [UInt8(ascii: "\n")]
  }

  init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(StatusReport.self, from: Data(json))
  }
}

extension StatusReport.Actions {
  init(_ actionRunner: borrowing ActionRunner) {
    done = actionRunner.doneCount
    failed = actionRunner.failedCount
    dropped = actionRunner.droppedCount
    waiting = actionRunner.waitingCount
    running = actionRunner.runningCount
    failures = Dictionary(
      uniqueKeysWithValues: actionRunner.failures.map { ($0.key.rawValue, $0.value) })
  }
}

extension StatusReport.Source {
  init(_ progress: SourceProgress, _ tail: SourceStatus?, stalledBits: Double) {
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
        (reason.rawValue, Rejection(count: rejection.count, latest: rejection.example))
      })
    newestRecord = progress.watermark.map { UTCTime(seconds: $0).text }
    silentHours = progress.silence.hours
    silenceBits = progress.silence.bits
    isStalled = progress.silence.bits >= stalledBits
    problems = tail?.problems.map(\.sentence) ?? []
  }
}

extension StatusReport.Warnings {
  init(_ threshold: Double, _ tally: WarningTally, _ settings: AlertSettings) {
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
}

extension StatusReport.Stream {
  init(name: String, _ stream: Monitor.Stream, _ alert: AlertSettings) {
    self.name = name
    let forecaster = stream.forecaster
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
      uniqueKeysWithValues: zip(ExpertList.standard.names, forecaster.weights(lead: 1)).map {
        ($0, $1)
      })
    let policy = stream.policy
    upcoming = StatusReport.Warnings(policy.threshold, policy.tally, alert)
    upcoming.suppressed = policy.tally.suppressed
    thresholds = policy.trialTallies.map { StatusReport.Warnings($0.threshold, $0.tally, alert) }
  }
}
