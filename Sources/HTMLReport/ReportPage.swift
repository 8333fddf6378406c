import Alerts
import Arithmetic
package import Forecasting
import Mustache
import Records
import Reporting

/// One page about some streams that needs nothing else: no network, no script, no file beside it.
///
/// Every text goes through the template, which escapes it, and through `String(escapedForDisplay:)` before,
/// where strangers chose a part of it: the template escapes whole characters, so a quote with an accent on it
/// would pass. Pictures are made of numbers and words of ours.
package struct ReportPage {
  package let html: String

  /// - Parameters:
  ///   - streams: In the order in which they are shown.
  ///   - trainings: Of the network that all streams share, oldest first.
  ///   - omittedCount: Of streams that are known and not shown.
  ///   - subject: What they are of, in words: a state, or logs.
  ///   - version: Of the program.
  ///   - now: Seconds since the epoch; nil: the page is about an old log, and nothing in it is of today.
  package init(
    _ streams: [StreamHistory], trainings: [TrainingReport] = [], omittedCount: Int,
    subject: String, version: String, now: Int64?
  ) throws {
    let sections = streams.enumerated().map { index, history in
      StreamSection(history, number: index + 1, now: now).context
    }
    let context: [String: Any] = [
      "style": PageTemplate.style, "subject": subject, "version": version,
      "streams": sections, "hasMany": streams.count > 1, "isEmpty": streams.isEmpty,
      "network": [Self.network(trainings)].compactMap(\.self),
      "omitted": omittedCount > 0 ? ["\(omittedCount) more streams are not shown."] : [],
    ]
    html = try MustacheTemplate(string: PageTemplate.page).render(context)
  }

  /// How the network was trained; nil: it never was.
  private static func network(_ trainings: [TrainingReport]) -> [String: Any]? {
    let runs = trainings.filter { !$0.epochs.isEmpty }.suffix(LearningCharts.runsMax)
    guard let last = runs.last else { return nil }
    func day(_ hour: Int) -> String { LocalTime(hour: hour, in: .utc).day }
    func text(_ loss: Double?) -> String { loss.map { Decimals.text($0, 4) } ?? "–" }
    return [
      "chart": LearningCharts.training(Array(runs), day: day, id: "network"),
      "count": Decimals.counted(trainings.count, "run"),
      "adopted": "\(trainings.count(where: \.isAdopted))",
      "runs": runs.reversed().map { run in
        [
          "end": "\(LocalTime(hour: run.endHour, in: .utc).date)",
          "kind": run.isFull ? "all hours" : "new hours",
          "rows": "\(run.rowCount)", "passes": "\(run.epochs.count)",
          "before": text(run.logLossBefore), "after": text(run.logLossAfter),
          "verdict": run.verdict.rawValue,
        ]
      },
      "passes": last.epochs.enumerated().map { index, epoch in
        [
          "pass": "\(index + 1)", "train": text(epoch.trainLoss),
          "heldOut": text(epoch.heldOutLogLoss), "gradient": Decimals.text(epoch.gradientNorm, 2),
          "clipped": Charts.percent(epoch.clipRate),
        ]
      },
    ]
  }
}

/// What the template shows of one stream.
private struct StreamSection {
  private let history: StreamHistory
  private let scores: StreamScores
  private let number: Int
  private let now: Int64?

  private static let alertsMax = 40

  init(_ history: StreamHistory, number: Int, now: Int64?) {
    self.history = history
    self.number = number
    self.now = now
    scores = StreamScores(history)
  }

  private var outlook: StreamOutlook { history.outlook }
  private var zone: TimeZoneRules { outlook.zone }

  var context: [String: Any] {
    let carpet = Carpet(history)
    let timeline = AlertTimeline(history)
    let hours = outlook.hours(.max)
    let leads = history.leadHours
    return [
      "id": "s\(number)", "name": String(escapedForDisplay: outlook.stream, limit: 200),
      "zone": zone.name, "tiles": tiles(hours), "stale": staleness, "young": youth,
      "ahead": [ahead(hours)].compactMap(\.self), "noForecast": hours.isEmpty,
      "due": DueHours(hours, threshold: outlook.threshold, zone).sentences,
      "carpet": carpet.isEmpty ? [] : [carpet.svg(id: "s\(number)c")], "days": "\(carpet.dayCount)",
      "weeks": weekRows, "lead": "\(leads.upperBound)",
      "leads": leads.count > 1
        ? "\(leads.lowerBound) to \(leads.upperBound) h" : "\(leads.lowerBound) h",
      "scored": [scored].compactMap(\.self), "warned": [warned].compactMap(\.self),
      "waking": [waking].compactMap(\.self), "trust": [trust].compactMap(\.self),
      "timeline": timeline.isEmpty ? [] : [timeline.svg(id: "s\(number)a")],
      "alerts": alertRows, "hasAlerts": !history.alerts.isEmpty,
      "alertCount": history.alerts.count > Self.alertsMax
        ? "The newest \(Self.alertsMax) of \(history.alerts.count)." : "",
    ]
  }

  // MARK: - Now

  private var staleness: [String] {
    guard let now, let stale = outlook.hoursStale(now: now), let origin = outlook.origin else {
      return []
    }
    let days = stale / 24
    let age = stale < 48 ? "\(stale) h" : days < 730 ? "\(days) days" : "\(days / 365) years"
    return [
      "This forecast was made at \(LocalTime(hour: origin + 1, in: zone).text), and for \(age) there should "
        + "have been a newer one."
    ]
  }

  private var youth: [String] {
    guard let evidence = outlook.evidence, !evidence.isEnough else { return [] }
    return [ForecastText.sentence(evidence, now: (outlook.origin ?? evidence.since) + 1, zone)]
  }

  private func tiles(_ hours: [StreamOutlook.Hour]) -> [[String: Any]] {
    var tiles: [[String: Any]] = []
    func add(_ title: String, _ value: String, _ note: String) {
      tiles.append(["title": title, "value": value, "note": note])
    }
    if let likeliest = hours.max(by: { $0.probability < $1.probability }) {
      let local = LocalTime(hour: likeliest.hour, in: zone)
      add("Likeliest hour ahead", Charts.percent(min(0.99, likeliest.probability)), local.inWeek)
    }
    if let tally = scores.usedTrial?.tally {
      if tally.alerts > 0 {
        add(
          "Warnings right", "\(tally.alerts - tally.falseAlarms) of \(tally.alerts)",
          "a request came in that hour or beside it")
      }
      if tally.episodes > 0 {
        add(
          "Starts announced", "\(tally.warned) of \(tally.episodes)",
          "requests after \(history.leadHours.upperBound) idle hours or more")
      }
    }
    if let skill = scores.skill(of: .harbinger, against: .hourOfWeek) {
      let percent = Charts.percent(abs(skill))
      add(
        "Against hour of week", percent,
        skill >= 0 ? "smaller loss than by the timetable" : "larger loss than by the timetable")
    }
    return tiles
  }

  /// The hours ahead as rows of local days, a column for each hour of the day.
  private func ahead(_ hours: [StreamOutlook.Hour]) -> [String: Any]? {
    guard let first = hours.first else { return nil }
    var days: [(name: String, cells: [[String: Any]])] = []
    let blank: [String: Any] = ["text": "", "style": ["blank"], "level": "0", "title": ""]
    for hour in hours {
      let local = LocalTime(hour: hour.hour, in: zone)
      let name = "\(local.weekday) \(local.day)"
      if days.last?.name != name { days.append((name, Array(repeating: blank, count: 24))) }
      // Figures stay readable on their cells; on a dark page those become light sooner.
      let ink = hour.probability >= 0.8 ? ["strong"] : hour.probability >= 0.6 ? ["medium"] : []
      let styles = (hour.isLikely ? ["due"] : []) + ink
      let column = min(23, Int(local.time.prefix(2)) ?? 0)
      days[days.count - 1].cells[column] = [
        "text": Decimals.text(min(0.99, hour.probability) * 100, 0),
        "style": styles.isEmpty ? [] : [styles.joined(separator: " ")],
        "level": Decimals.text(hour.probability * 100, 0),
        "title": "\(local.inWeek): \(Charts.percent(min(0.99, hour.probability)))",
      ]
    }
    let start = LocalTime(hour: first.hour, in: zone)
    return [
      "columns": (0..<24).map { $0 < 10 ? "0\($0)" : "\($0)" },
      "days": days.map { ["name": $0.name, "cells": $0.cells] as [String: Any] },
      "from": start.text, "count": "\(hours.count)",
      "threshold": [outlook.threshold.map(Charts.percent)].compactMap(\.self),
      "minute": start.minute.hasSuffix(":00")
        ? "" : "Hours begin at \(start.minute.suffix(3)).",
    ]
  }

  // MARK: - Before

  private var weekRows: [[String: Any]] {
    let active = history.activeHours
    return scores.weeks.reversed().map { week in
      let range = week.start..<week.start + 168
      let announced = history.alerts.filter {
        $0.alert.kind == .upcoming && range.contains($0.alert.hour)
      }
      return [
        "start": LocalTime(hour: week.start, in: zone).date,
        "active": "\(active.count(where: range.contains))",
        "hits":
          "\(announced.count { $0.outcome == .hit || $0.outcome == .early || $0.outcome == .late })",
        "false": "\(announced.count { $0.outcome == .falseAlarm })",
        "skill": Decimals.text(week.skill[.harbinger] ?? 0, 2),
        "hourOfWeek": Decimals.text(week.skill[.hourOfWeek] ?? 0, 2),
        "hourOfDay": Decimals.text(week.skill[.hourOfDay] ?? 0, 2),
      ]
    }
  }

  private var scored: [String: Any]? {
    guard let own = scores.scored[.harbinger], own.count > 0 else { return nil }
    let hasCurve = scores.weeks.count > 1
    return [
      "reliability": Charts.reliability(scores.bins, id: "s\(number)r"),
      "bins": scores.bins.enumerated().filter { $1.count > 0 }.map { index, bin in
        [
          "range": "\(index * 10) to \((index + 1) * 10) %",
          "forecast": Charts.percent(bin.meanProbability), "came": Charts.percent(bin.activeShare),
          "active": "\(bin.activeCount)", "count": "\(bin.count)",
        ]
      },
      "skillCurve": hasCurve
        ? [
          Charts.skill(
            scores.weeks, label: { LocalTime(hour: $0, in: zone).day }, id: "s\(number)k")
        ] : [],
      "count": "\(own.count)", "hours": "\(Set(own.hours).count)",
      "share": Charts.percent(Double(own.activeCount) / Double(own.count)),
      "rows": StreamScores.Forecaster.allCases.map { forecaster in
        let said = scores.scored[forecaster] ?? ScoredForecasts()
        return [
          "name": forecaster.name, "logLoss": Decimals.text(said.logLoss, 4),
          "brier": Decimals.text(said.brierScore, 4),
          "skill": forecaster == .baseRate
            ? "–" : Decimals.text(scores.skill(of: forecaster, against: .baseRate) ?? 0, 3),
        ]
      },
    ]
  }

  private var trust: [String: Any]? {
    guard let nearest = history.trust.first, !nearest.experts.isEmpty else { return nil }
    return [
      "chart": LearningCharts.trust(history.trust, id: "s\(number)m"),
      "columns": history.trust.map { "\($0.leadHours) h ahead" },
      "rows": nearest.experts.map { expert in
        [
          "name": expert.expert,
          "cells": history.trust.flatMap { trust in
            let said = trust.experts.first { $0.expert == expert.expert }
            return [
              Charts.percent(trust.weight(of: expert.expert)),
              said.map { Charts.percent($0.probability) } ?? "–",
            ]
          },
        ] as [String: Any]
      },
    ]
  }

  private var waking: [String: Any]? {
    guard let waking = scores.waking else { return nil }
    func row(_ rule: String, _ cost: WakeCost) -> [String: Any] {
      ["rule": rule, "cold": "\(cost.coldStarts)", "wasted": "\(cost.wastedHours)"]
    }
    return [
      "chart": Charts.waking(waking, id: "s\(number)w"), "active": "\(waking.activeCount)",
      "idle": "\(waking.hourCount - waking.activeCount)",
      "rows": waking.curve.map { row("woken at \(Charts.percent($0.threshold))", $0.cost) }
        + waking.rows.map { row($0.rule.name, $0.cost) },
    ]
  }

  private var warned: [String: Any]? {
    guard scores.trials.contains(where: { $0.tally.episodes > 0 || $0.tally.alerts > 0 }) else {
      return nil
    }
    return [
      "chart": Charts.thresholds(scores.trials, id: "s\(number)p"),
      "rows": scores.trials.map { trial in
        let tally = trial.tally
        return [
          "threshold": Charts.percent(trial.threshold), "used": trial.isUsed ? ["used"] : [],
          "alerts": "\(tally.alerts)", "right": "\(tally.alerts - tally.falseAlarms)",
          "false": "\(tally.falseAlarms)", "episodes": "\(tally.episodes)",
          "warned": "\(tally.warned)", "missed": "\(tally.episodes - tally.warned)",
        ]
      },
    ]
  }

  private var alertRows: [[String: Any]] {
    history.alerts.suffix(Self.alertsMax).reversed().map { told in
      let local = LocalTime(hour: told.alert.hour, in: zone)
      return [
        "date": "\(local.weekday) \(local.date) \(local.minute)",
        "outcome": AlertTimeline.word(told),
        "style": told.outcome == .falseAlarm ? "bad" : told.outcome == nil ? "" : "good",
        "suppressed": told.alert.suppressed.map { [Self.text($0)] } ?? [],
        "message": told.message,
        "explanation": told.alert.facts.explanation.map {
          [String(escapedForDisplay: $0, limit: 600)]
        } ?? [],
      ]
    }
  }

  private static func text(_ reason: Alert.SuppressionReason) -> String {
    reason == .past ? "found in an old log, and not delivered" : "not delivered: \(reason.rawValue)"
  }
}
