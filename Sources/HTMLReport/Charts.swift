import Arithmetic
import Forecasting
import Reporting

/// The pictures of how right the forecasts were.
enum Charts {
  static func percent(_ value: Double) -> String { "\(Decimals.text(value * 100, 0)) %" }

  private static let size = 340.0
  private static let left = 52.0
  private static let bottom = 44.0

  /// A square with an axis of percentages each way.
  private static func square(
    _ x: String, _ y: String, _ columns: ClosedRange<Double> = 0...1,
    _ rows: ClosedRange<Double> = 0...1
  ) -> (Drawing, across: Axis, up: Axis) {
    var drawing = Drawing(width: size, height: size)
    let across = Axis(range: columns, start: left, end: size - 14)
    let up = Axis(range: rows, start: size - bottom, end: 28)
    for tick in up.ticks {
      drawing.line(across.start, up.place(tick), across.end, up.place(tick), "grid")
      drawing.text(across.start - 6, up.place(tick) + 4, Decimals.text(tick * 100, 0), .end)
    }
    for tick in across.ticks {
      drawing.line(across.place(tick), up.start, across.place(tick), up.end, "grid")
      drawing.text(across.place(tick), up.start + 16, Decimals.text(tick * 100, 0), .middle)
    }
    drawing.text((across.start + across.end) / 2, size - 8, x, .middle, "label")
    drawing.text(across.start - 30, 14, y, .start, "label")
    return (drawing, across, up)
  }

  /// How often it came, by what was forecast.
  static func reliability(_ bins: [StreamScores.Bin], id: String) -> String {
    var (drawing, across, up) = square("forecast, %", "came, %")
    drawing.line(across.place(0), up.place(0), across.place(1), up.place(1), "ideal")
    let filled = bins.filter { $0.count > 0 }
    let most = Double(filled.map(\.count).max() ?? 1)
    drawing.polyline(
      filled.map { (across.place($0.meanProbability), up.place($0.activeShare)) }, "curve thin")
    for bin in filled {
      let (x, y) = (across.place(bin.meanProbability), up.place(bin.activeShare))
      let interval = wilson(bin)
      drawing.line(x, up.place(interval.lowerBound), x, up.place(interval.upperBound), "interval")
      drawing.circle(
        x, y, radius: 3 + 6 * (Double(bin.count) / most).squareRoot(), "dot",
        title:
          "forecast \(percent(bin.meanProbability)): came in \(bin.activeCount) of \(bin.count) hours, "
          + percent(bin.activeShare))
      let isRight = x > across.end - 40
      drawing.text(
        isRight ? x - 12 : x + 11, y + 13, "\(bin.count)", isRight ? .end : .start, "count")
    }
    let said = filled.map {
      "forecast \(percent($0.meanProbability)), came \(percent($0.activeShare)) of \($0.count)"
    }
    return drawing.svg(
      id: id, title: "How often a request came, by the forecast probability",
      description: said.joined(separator: "; "))
  }

  /// The middle 95 % of the share, as if the hours were independent.
  ///
  /// - Source: Wilson, "Probable inference, the law of succession, and statistical inference", J. American
  ///   Statistical Association 22 (1927).
  private static func wilson(_ bin: StreamScores.Bin) -> ClosedRange<Double> {
    let (n, p, z) = (Double(bin.count), bin.activeShare, 1.96)
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, center - half)...min(1, center + half)
  }

  /// What each threshold would have announced, and how much of it would have been right.
  static func thresholds(_ trials: [StreamScores.Trial], id: String) -> String {
    let points = trials.compactMap { trial in
      trial.tally.recall.flatMap { recall in
        trial.tally.precision.map { (trial: trial, recall: recall, precision: $0) }
      }
    }
    var (drawing, across, up) = square(
      "starts announced, %", "warnings right, %", Axis.range(around: points.map(\.recall)),
      Axis.range(around: points.map(\.precision)))
    drawing.polyline(points.map { (across.place($0.recall), up.place($0.precision)) }, "curve thin")
    // Labels that would lie on each other are left out, and the one in use is written first. These are their middles.
    var labelled: [(x: Double, y: Double)] = []
    for point in points.filter(\.trial.isUsed) + points.filter({ !$0.trial.isUsed }) {
      let (x, y) = (across.place(point.recall), up.place(point.precision))
      let (level, isUsed) = (percent(point.trial.threshold), point.trial.isUsed)
      drawing.circle(
        x, y, radius: isUsed ? 8 : 4, isUsed ? "dot used" : "dot",
        title: "threshold \(level): \(percent(point.recall)) of starts announced, "
          + "\(percent(point.precision)) of warnings right")
      let isLeft = x < (across.start + across.end) / 2
      if isUsed {
        drawing.text(
          isLeft ? x + 12 : x - 12, y + 5, "in use: \(level)", isLeft ? .start : .end, "strong")
        labelled += stride(from: 0.0, through: 80, by: 20).map { (isLeft ? x + $0 : x - $0, y) }
        continue
      }
      // Labels stand above their points.
      let middle = y - 10
      if labelled.contains(where: { abs($0.x - x) < 34 && abs($0.y - middle) < 14 }) { continue }
      let isRight = x > across.end - 34
      drawing.text(isRight ? x - 7 : x + 7, y - 6, level, isRight ? .end : .start, "count")
      labelled.append((x, middle))
    }
    let said = points.map {
      "\(percent($0.trial.threshold))\($0.trial.isUsed ? " (in use)" : ""): "
        + "\(percent($0.recall)) announced, \(percent($0.precision)) right"
    }
    return drawing.svg(
      id: id, title: "Starts announced and warnings right, by threshold",
      description: said.joined(separator: "; "))
  }

  /// Skill against the base rate, week by week.
  static func skill(_ weeks: [StreamScores.Week], label: (Int) -> String, id: String) -> String {
    let (width, height) = (720.0, 260.0)
    var drawing = Drawing(width: width, height: height)
    let lowest = weeks.flatMap { $0.skill.values }.min() ?? 0
    let across = Axis(range: 0...Double(max(1, weeks.count - 1)), start: left, end: width - 116)
    let up = Axis(range: lowest < -0.05 ? -0.5...1 : 0...1, start: height - bottom, end: 16)
    for tick in stride(from: up.range.lowerBound, through: 1, by: 0.25) {
      let style = tick == 0 ? "zero" : "grid"
      drawing.line(across.start, up.place(tick), across.end, up.place(tick), style)
      drawing.text(across.start - 6, up.place(tick) + 4, Decimals.text(tick, 2), .end)
    }
    drawing.text(across.start + 4, up.end - 4, "skill", .start, "label")
    let step = max(1, (weeks.count + 7) / 8)
    for (index, week) in weeks.enumerated() where index % step == 0 {
      let x = across.place(Double(index))
      drawing.line(x, up.start, x, up.start + 4, "grid")
      drawing.text(x, up.start + 17, label(week.start), .middle)
    }
    drawing.text((across.start + across.end) / 2, height - 6, "week from", .middle, "label")
    var names: [Double] = []
    for (forecaster, style) in [
      (StreamScores.Forecaster.harbinger, "harbinger"), (.hourOfWeek, "week"), (.hourOfDay, "day"),
    ] {
      let points = weeks.enumerated().map { index, week in
        (x: across.place(Double(index)), y: up.place(week.skill[forecaster] ?? 0))
      }
      drawing.polyline(points, "curve \(style)")
      for (point, week) in zip(points, weeks) {
        drawing.circle(
          point.x, point.y, radius: 3, "dot \(style)",
          title: "\(forecaster.name), week from \(label(week.start)): "
            + Decimals.text(week.skill[forecaster] ?? 0, 2))
      }
      guard let end = points.last else { continue }
      // Names do not lie on each other.
      var y = end.y + 4
      while names.contains(where: { abs($0 - y) < 15 }) { y += 1 }
      names.append(y)
      drawing.text(end.x + 9, y, forecaster.name, .start, "name \(style)")
    }
    let said = weeks.map { week in
      "\(label(week.start)): "
        + [StreamScores.Forecaster.harbinger, .hourOfWeek, .hourOfDay].map {
          "\($0.name) \(Decimals.text(week.skill[$0] ?? 0, 2))"
        }.joined(separator: ", ")
    }
    return drawing.svg(
      id: id, title: "Skill of the forecasts, week by week",
      description: said.joined(separator: "; "))
  }

  /// What a unit that sleeps would have cost: woken by forecasts, or by other rules.
  static func waking(_ waking: WakeComparison, id: String) -> String {
    func share(_ cost: WakeCost) -> (wasted: Double, cold: Double) {
      let idle = waking.hourCount - waking.activeCount
      return (
        Double(cost.wastedHours) / Double(max(1, idle)),
        Double(cost.coldStarts) / Double(max(1, waking.activeCount))
      )
    }
    var (drawing, across, up) = square("awake for nothing, % of idle hours", "found asleep, %")
    let own = waking.curve.map { (label: percent($0.threshold), share: share($0.cost)) }
    // The caption says what they are; the mark's title says it in full.
    let others = waking.rows.map { (label: $0.rule.name, share: share($0.cost)) }
    func short(_ label: String) -> String { label.replacing("kept alive for ", with: "") }
    drawing.polyline(
      own.map { (across.place($0.share.wasted), up.place($0.share.cold)) }, "curve thin")
    var labelled: [(x: Double, y: Double)] = []
    for (points, style, kind) in [(own, "dot", "woken at "), (others, "dot day", "")] {
      for point in points {
        let (x, y) = (across.place(point.share.wasted), up.place(point.share.cold))
        drawing.circle(
          x, y, radius: 4, style,
          title: "\(kind)\(point.label): \(percent(point.share.cold)) of requests found it asleep, "
            + "\(percent(point.share.wasted)) of idle hours awake")
        // Above its point, but at the upper edge, where the axis's name stands.
        let base = y < up.end + 12 ? y + 14 : y - 5
        if labelled.contains(where: { abs($0.x - x) < 40 && abs($0.y - base) < 14 }) { continue }
        let isRight = x > across.end - 60
        drawing.text(
          isRight ? x - 8 : x + 8, base, short(point.label), isRight ? .end : .start, "count")
        labelled.append((x, base))
      }
    }
    let said =
      (own.map { ("woken at \($0.label)", $0.share) } + others.map { ($0.label, $0.share) })
      .map { "\($0): \(percent($1.cold)) found asleep, \(percent($1.wasted)) awake for nothing" }
    return drawing.svg(
      id: id, title: "Requests that found the unit asleep, and hours it was awake for nothing",
      description: said.joined(separator: "; "))
  }
}
