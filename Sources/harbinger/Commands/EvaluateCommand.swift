import ArgumentParser
import Arithmetic
import Forecasting
import Foundation
import Host
import NeuralNet
import Replay
import Reporting
import Settings

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Scores every forecaster on old logs: the mixture, its experts and the baselines.",
    discussion: """
      Each hour is forecast before it is read and then learned from, with the daemon's training schedule. \
      Skill is 1 − log-loss ÷ log-loss of the base rate; its 95 % interval is a bootstrap over whole weeks, where \
      there are eight or more. For example:

      harbinger evaluate /var/log/nginx/access.log*
      """)

  @OptionGroup var options: ReplayOptions

  @Option(
    help: ArgumentHelp(
      "Score only the last part of the log, from this fraction on.", valueName: "fraction"))
  var from = 0.7

  @Flag(help: "Do not train any more from there on.")
  var noRetrain = false

  @Option(
    help: ArgumentHelp(
      "Hours between training runs. (default: as in the settings)", valueName: "number"))
  var every: Int?

  @Option(
    help: ArgumentHelp(
      "The leads to score: how many hours ahead. (default: 1,6,24)", valueName: "hours"))
  var leads: LeadList?

  @Flag(help: "Score every lead up to the horizon.")
  var allLeads = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print comma-separated values.")
  var csv = false

  @Flag(help: "Print each stream and lead, too.")
  var details = false

  @Flag(
    help: "Score from the first hour on, and print the scores by the age of the streams in days.")
  var byAge = false

  @Flag(help: "With --by-age: each log is of a service of its own.")
  var each = false

  @Option(
    help: ArgumentHelp(
      "With --by-age: only streams that were active in so many hours. (default: 1)",
      valueName: "number"))
  var minActiveHours: Int?

  @Flag(
    help: """
      Print what a unit that sleeps would have cost: requests that found it asleep, and hours awake for nothing, woken by \
      forecasts, kept alive, or by the histogram of idle times.
      """)
  var policy = false

  @Option(
    help: ArgumentHelp(
      "With --policy: woken by a forecast, the unit sleeps after so many idle hours. (default: 0)",
      valueName: "number"))
  var idleHours: Int?

  @Option(
    help: ArgumentHelp(
      "Weights of another pretrained network than the program's, as deploy/pretrain writes them, or none.",
      valueName: "file"), completion: .file())
  var pretrained: String?

  @Argument(help: "Logs, tables of hourly counts, or a state file.", completion: .file())
  var logs: [String]

  func validate() throws {
    guard (0..<1).contains(from) else {
      throw ValidationError("--from: found \(from), expected a number from 0 to below 1")
    }
    if byAge, policy { throw ValidationError("--policy: expected it without --by-age") }
    if json, csv { throw ValidationError("--csv: expected it without --json") }
    if byAge || policy, csv {
      throw ValidationError("--csv: expected it without --by-age and --policy")
    }
    if let idleHours, !(0...168).contains(idleHours) {
      throw ValidationError("--idle-hours: found \(idleHours), expected a number from 0 to 168")
    }
    if let every, every < 1 {
      throw ValidationError("--every: found \(every), expected a number from 1")
    }
    // Nothing is passed over in silence.
    if each, !byAge { throw ValidationError("--each: expected --by-age beside it") }
    if minActiveHours != nil, !byAge {
      throw ValidationError("--min-active-hours: expected --by-age beside it")
    }
    if idleHours != nil, !policy {
      throw ValidationError("--idle-hours: expected --policy beside it")
    }
    if details, policy { throw ValidationError("--details: expected it without --policy") }
    if policy, allLeads || leads != nil {
      throw ValidationError(
        "--policy: expected it without --leads and --all-leads: it looks an hour ahead")
    }
    if allLeads, leads != nil {
      throw ValidationError("--all-leads: expected it without --leads")
    }
  }

  func run() throws {
    var settings = try options.settings(for: logs)
    if let every { settings.training.everyHours = every }
    if let pretrained { settings.forecast.pretrained = try Self.pretrained(pretrained) }
    let horizon = settings.forecast.horizonHours
    let leads = allLeads ? Array(1...horizon) : leads?.hours ?? [1, 6, 24]
    guard leads.allSatisfy({ (1...horizon).contains($0) }) else {
      throw ValidationError("--leads: expected hours from 1 to \(horizon)")
    }
    if byAge {
      let evaluations = try (each ? logs.map { [$0] } : [logs]).map {
        (log: each ? $0[0] : nil, try replayed($0, settings, leads: leads).evaluation)
      }
      let scores = ScoresByAge(
        evaluations, minActiveHours: minActiveHours ?? 1, details: details)
      return print(
        try json
          ? JSONText.text(scores) : scores.lines(.standardOutput).joined(separator: "\n"))
    }
    if policy {
      let replay = try replayed(logs, settings, leads: [1])
      let costs = WakeCosts(replay.evaluation, from: from, idleHours: idleHours ?? 0)
      return print(
        try json
          ? JSONText.text(costs) : costs.lines(.standardOutput).joined(separator: "\n"))
    }
    let replay = try replayed(logs, settings, leads: leads)
    let scores = ForecasterScores(replay.evaluation, leads: leads.sorted(), details: details)
    if json { return print(try JSONText.text(scores)) }
    if csv { return print(scores.csv) }
    let style = TerminalStyle.standardOutput
    let verdict = Verdict(replay.evaluation).sentences.flatMap(style.wrapped)
    print((scores.lines(style) + [""] + verdict).joined(separator: "\n"))
  }

  /// - Parameter name: A file, or `none`.
  private static func pretrained(_ name: String) throws -> PretrainedModel? {
    guard name != "none" else { return nil }
    guard let data = FileManager.default.contents(atPath: name),
      let model = try? PretrainedModel(bytes: Array(data))
    else {
      throw ValidationError(
        "--pretrained: found '\(name)', expected none or a file of weights of this version")
    }
    return model
  }

  private func replayed(
    _ logs: [String], _ settings: ServiceSettings, leads: [Int]
  ) throws -> LogReplay {
    var progress = ReplayProgress(isQuiet: json || csv || each)
    let history = try progress.read(logs, settings)
    // What rules learn from before, or the first days, are a part of it.
    let fromFraction = byAge || policy ? 0 : from
    return try progress.replay(
      history, settings, fromFraction: fromFraction, leads: Set(leads), keepsForecasts: true
    ) { replay in
      guard noRetrain, let hours = history.hours else { return }
      replay.lastTrainingHour = hours.lowerBound + Int(Double(hours.count) * from)
    }
  }
}

/// Every score of every forecaster, pooled and, on demand, by stream and lead.
struct ForecasterScores: Codable {
  struct Row: Codable {
    var stream: String
    /// In hours; nil: all together.
    var lead: Int?
    var forecaster: String
    var hours: Int
    var activeHours: Int
    var logLoss: Double
    var brierScore: Double
    var reliability: Double
    var resolution: Double
    var averagePrecision: Double?
    var expectedCalibrationError: Double
    /// Of the forecasts from 0.4 on; nil: there were none.
    var highCalibrationError: Double?
    /// Against the base rate, with the middle 95 %; nil: there are too few weeks for one.
    var skill: Double
    var skillLow: Double?
    var skillHigh: Double?
    /// The mixture's against this forecaster.
    var mixtureSkill: Double
  }

  private(set) var rows: [Row] = []
  /// Mean over the streams of the skill, and the worst stream's, by forecaster.
  private(set) var meanSkill: [String: Double] = [:]
  private(set) var worstSkill: [String: Double] = [:]

  init(_ evaluation: Evaluation, leads: [Int], details: Bool) {
    for forecaster in Evaluation.Forecaster.all {
      guard let skill = evaluation.skill(of: forecaster) else { continue }
      meanSkill[forecaster.name] = skill.mean
      worstSkill[forecaster.name] = skill.worst
    }
    append(evaluation, stream: nil, lead: nil)
    guard details else { return }
    for lead in leads { append(evaluation, stream: nil, lead: lead) }
    for stream in evaluation.streams {
      for lead in [nil] + leads.map(Optional.some) {
        append(evaluation, stream: stream, lead: lead)
      }
    }
  }

  private mutating func append(_ evaluation: Evaluation, stream: String?, lead: Int?) {
    let series = evaluation.series(stream: stream, lead: lead)
    let reference = series[.expert(BaseRate.self)]
    guard reference.count > 0 else { return }
    let isLong = Set(reference.hours.map { $0 / 168 }).count > Verdict.intervalWeeksMin
    let own = rows.count
    for forecaster in Evaluation.Forecaster.all {
      let scored = series[forecaster]
      var generator = Xoshiro(seed: 1)
      let interval =
        isLong ? scored.skillInterval(against: reference, using: &generator) : nil
      let parts = scored.brierParts
      let precision = scored.averagePrecision
      rows.append(
        Row(
          stream: stream ?? "(all)", lead: lead, forecaster: forecaster.name, hours: scored.count,
          activeHours: scored.activeCount, logLoss: scored.logLoss,
          brierScore: scored.brierScore, reliability: parts.reliability,
          resolution: parts.resolution, averagePrecision: precision.isNaN ? nil : precision,
          expectedCalibrationError: scored.expectedCalibrationError,
          highCalibrationError: scored.highCalibrationError,
          skill: scored.skill(against: reference), skillLow: interval?.lowerBound,
          skillHigh: interval?.upperBound,
          mixtureSkill: series[.mixture].skill(against: scored)))
    }
    // The best first; the sort is stable.
    rows[own...].sort { $0.logLoss < $1.logLoss }
  }

  /// For people.
  func lines(_ style: TerminalStyle) -> [String] {
    guard !rows.isEmpty else { return [] }
    return table.lines(style)
      + ScoreWords.legend(
        [
          "skill: the share of the base rate's log-loss that a forecaster saves, with the middle 95 % of whole "
            + "weeks drawn again",
          "mixture: what Harbinger says; against it: " + ScoreWords.skill, ScoreWords.losses,
          ScoreWords.precision, ScoreWords.calibration,
        ], style)
  }

  private var table: Table {
    var table = Table([
      .left("stream"), .right("lead"), .left("forecaster"), .right("active").leftOut(4),
      .right("log-loss"), .right("Brier").leftOut(3), .right("avg.prec").leftOut(2),
      .right("calib.err").leftOut(5), .right("from 40 %").leftOut(8), .right("skill"),
      .right("95 %").leftOut(1), .right("against it"), .right("mean/streams").leftOut(6),
      .right("worst").leftOut(7),
    ])
    for row in rows {
      let isPooled = row.stream == "(all)" && row.lead == nil
      table.add([
        row.stream, row.lead.map { "\($0) h" } ?? "all", row.forecaster,
        "\(row.activeHours)/\(row.hours)", Decimals.text(row.logLoss, 4),
        Decimals.text(row.brierScore, 4), row.averagePrecision.map { Decimals.text($0, 3) } ?? "–",
        Decimals.text(row.expectedCalibrationError, 4),
        row.highCalibrationError.map { Decimals.text($0, 3) } ?? "–",
        Decimals.text(row.skill, 3), interval(row),
        row.forecaster == Evaluation.Forecaster.mixture.name
          ? "" : Decimals.text(row.mixtureSkill, 3),
        isPooled ? Decimals.text(meanSkill[row.forecaster] ?? 0, 4) : "",
        isPooled ? Decimals.text(worstSkill[row.forecaster] ?? 0, 3) : "",
      ])
    }
    return table
  }

  private func interval(_ row: Row) -> String {
    guard let low = row.skillLow, let high = row.skillHigh else { return "–" }
    return "\(Decimals.text(low, 3))…\(Decimals.text(high, 3))"
  }

  var csv: String {
    let heading =
      "stream,lead,forecaster,hours,active_hours,log_loss,brier,reliability,resolution,"
      + "average_precision,expected_calibration_error,high_calibration_error,skill,skill_low,"
      + "skill_high,mixture_skill"
    let lines = rows.map { row in
      let stream = "\"" + row.stream.replacing("\"", with: "\"\"") + "\""
      let numbers = [
        row.logLoss, row.brierScore, row.reliability, row.resolution,
        row.averagePrecision ?? .nan, row.expectedCalibrationError,
        row.highCalibrationError ?? .nan, row.skill, row.skillLow ?? .nan, row.skillHigh ?? .nan,
        row.mixtureSkill,
      ].map { $0.isNaN ? "" : "\($0)" }
      let lead = row.lead.map { "\($0)" } ?? ""
      return
        "\(stream),\(lead),\(row.forecaster),\(row.hours),\(row.activeHours),"
        + numbers.joined(separator: ",")
    }
    return ([heading] + lines).joined(separator: "\n")
  }
}

/// Hours with commas between them.
struct LeadList: ExpressibleByArgument {
  var hours: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    hours = parts.compactMap { Int($0) }
    guard !hours.isEmpty, hours.count == parts.count else { return nil }
  }
}
