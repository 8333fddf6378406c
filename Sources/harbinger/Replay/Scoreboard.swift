import Forecasting
import Monitoring

/// How right a replay's forecasts and alerts were, stream by stream: what `replay` prints.
struct Scoreboard: Codable {
  struct Row: Codable {
    var stream: String
    var hours: Int
    var activeHours: Int
    /// Nats an hour, over all leads.
    var logLoss: Double
    var brierScore: Double
    var averagePrecision: Double?
    /// Skill in log-loss against each reference.
    var skillAgainstBaseRate: Double
    var skillAgainstHourOfDay: Double
    var skillAgainstHourOfWeek: Double
    var skillAgainstGapHistogram: Double
    /// Of the alerts that said a request was coming.
    var alerts: Int
    var rightAlerts: Int
    var silenceAlerts: Int
    var unexpectedAlerts: Int
  }

  var rows: [Row]

  init(_ replay: borrowing Replay, fromHour: Int) {
    let evaluation = replay.evaluation
    let alerts = replay.alerts.filter { $0.hour >= fromHour && $0.suppressed == nil }
    let outcomes = replay.outcomes
    rows = evaluation.streams.map { stream in
      let series = evaluation.series(stream: stream, lead: nil)
      let lead1 = evaluation.series(stream: stream, lead: 1)[.mixture]
      let mixture = series[.mixture]
      let own = alerts.filter { $0.stream == stream }
      func skill(_ expert: any Expert.Type) -> Double {
        mixture.skill(against: series[.expert(expert)])
      }
      let precision = mixture.averagePrecision
      return Row(
        stream: stream, hours: lead1.count, activeHours: lead1.activeCount,
        logLoss: mixture.logLoss, brierScore: mixture.brierScore,
        averagePrecision: precision.isNaN ? nil : precision,
        skillAgainstBaseRate: skill(BaseRate.self), skillAgainstHourOfDay: skill(HourOfDay.self),
        skillAgainstHourOfWeek: skill(HourOfWeek.self),
        skillAgainstGapHistogram: skill(GapProbability.self),
        alerts: own.count { $0.kind == .upcoming && outcomes[$0.id] != nil },
        rightAlerts: own.count { $0.kind == .upcoming && outcomes[$0.id] == .hit },
        silenceAlerts: own.count { $0.kind == .silence },
        unexpectedAlerts: own.count { $0.kind == .unexpected })
    }
  }

  var table: Table {
    var table = Table([
      .left("stream"), .right("hours"), .right("active"), .right("log-loss"), .right("Brier"),
      .right("avg.prec"), .right("skill: base"), .right("hour/day"), .right("hour/week"),
      .right("gap"), .right("alerts right"), .right("silence"), .right("unexpected"),
    ])
    for row in rows {
      table.add([
        row.stream, "\(row.hours)", "\(row.activeHours)", Decimals.text(row.logLoss, 4),
        Decimals.text(row.brierScore, 4), row.averagePrecision.map { Decimals.text($0, 3) } ?? "–",
        Decimals.text(row.skillAgainstBaseRate, 3), Decimals.text(row.skillAgainstHourOfDay, 3),
        Decimals.text(row.skillAgainstHourOfWeek, 3),
        Decimals.text(row.skillAgainstGapHistogram, 3),
        "\(row.rightAlerts) of \(row.alerts)", "\(row.silenceAlerts)", "\(row.unexpectedAlerts)",
      ])
    }
    return table
  }
}

/// Numbers as tables show them.
enum Decimals {
  /// With a fixed number of decimals; numbers that are too long for that as they are, such as 1e+30.
  static func text(_ value: Double, _ count: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    guard value.magnitude * scale < 1e15 else { return "\(value)" }
    let scaled = Int((value.magnitude * scale).rounded())
    let digits = String(scaled)
    let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "−" : ""
    return sign + padded.dropLast(count) + (count > 0 ? "." + padded.suffix(count) : "")
  }
}
