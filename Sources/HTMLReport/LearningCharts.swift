import Arithmetic
import Forecasting
import Reporting

/// The pictures of what was learned: how training went, and which forecasters the mixture trusts.
enum LearningCharts {
  private static let width = 720.0
  private static let left = 52.0
  private static let right = 130.0
  /// So many of the newest runs; of more, single passes could not be told apart.
  static let runsMax = 30

  /// Held-out log-loss, pass by pass through the newest runs, and what became of each run.
  ///
  /// - Parameters:
  ///   - runs: Those that trained, oldest first; not empty.
  ///   - day: Of an hour, in words.
  static func training(_ runs: [TrainingReport], day: (Int) -> String, id: String) -> String {
    let height = 250.0
    var drawing = Drawing(width: width, height: height)
    let losses = runs.flatMap { run in
      run.epochs.map(\.heldOutLogLoss) + [run.logLossBefore, run.logLossAfter].compactMap(\.self)
    }
    let up = LossAxis(losses, start: height - 48, end: 24)
    let across = Axis(range: 0...Double(max(1, runs.count)), start: left, end: width - right)
    for tick in up.ticks {
      drawing.line(across.start, up.place(tick), across.end, up.place(tick), "grid")
      drawing.text(across.start - 6, up.place(tick) + 4, up.text(tick), .end)
    }
    drawing.text(left - 46, 12, "held-out log-loss, nats", .start, "label")
    drawing.text((across.start + across.end) / 2, height - 8, "run, by its day", .middle, "label")
    let step = max(1, (runs.count + 7) / 8)
    for (index, run) in runs.enumerated() {
      let start = across.place(Double(index) + 0.15)
      let end = across.place(Double(index) + 0.85)
      if index % step == 0 {
        let middle = (start + end) / 2
        drawing.line(middle, up.start, middle, up.start + 4, "tick")
        drawing.text(middle, up.start + 18, day(run.endHour), .middle)
      }
      if let before = run.logLossBefore {
        drawing.line(start, up.place(before), end, up.place(before), "ideal")
      }
      let first = run.logLossBefore.map { [(x: start, y: up.place($0))] } ?? []
      let passes = run.epochs.enumerated().map { pass, epoch in
        let share = Double(pass + 1) / Double(max(1, run.epochs.count))
        return (x: start + (end - start) * share, y: up.place(epoch.heldOutLogLoss))
      }
      drawing.polyline(first + passes, "curve thin")
      for pass in passes.dropLast() { drawing.circle(pass.x, pass.y, radius: 2, "dot", title: "") }
      guard let after = run.logLossAfter else { continue }
      drawing.circle(
        end, up.place(after), radius: 4, run.isAdopted ? "dot" : "dot used",
        title: "run \(run.number), \(day(run.endHour)): \(sentence(run))")
    }
    for (row, (style, name)) in [("dot", "adopted"), ("dot used", "not adopted")].enumerated() {
      let y = 34 + 20 * Double(row)
      drawing.circle(across.end + 16, y, radius: 4, style, title: name)
      drawing.text(across.end + 26, y + 4, name)
    }
    drawing.line(across.end + 8, 74, across.end + 22, 74, "ideal")
    drawing.text(across.end + 26, 78, "in use before")
    let adopted = runs.count(where: \.isAdopted)
    return drawing.svg(
      id: id, title: "Held-out log-loss of the network, run by run",
      description: "\(Decimals.counted(runs.count, "run")), \(adopted) adopted; the last: "
        + (runs.last.map(sentence) ?? ""))
  }

  static func sentence(_ run: TrainingReport) -> String {
    func text(_ loss: Double?) -> String { loss.map { Decimals.text($0, 4) } ?? "none" }
    return
      "\(text(run.logLossBefore)) before, \(text(run.logLossAfter)) after, \(run.verdict.rawValue)"
  }

  /// The weights of a mixture, for the nearest and the farthest hour of alerts.
  static func trust(_ trusted: [StreamHistory.Trust], id: String) -> String {
    let names = shownNames(trusted)
    let bar = 11.0
    let rowHeight = Double(trusted.count) * (bar + 2) + 12
    let left = 168.0
    var drawing = Drawing(width: width, height: 44 + Double(names.count) * rowHeight + 20)
    let across = Axis(range: 0...1, start: left, end: width - right)
    let bottom = 30 + Double(names.count) * rowHeight
    for tick in stride(from: 0.0, through: 1, by: 0.25) {
      drawing.line(across.place(tick), 26, across.place(tick), bottom, "grid")
      drawing.text(across.place(tick), bottom + 16, Decimals.text(tick * 100, 0), .middle)
    }
    drawing.text(across.start, 14, "weight, %", .start, "label")
    let styles = ["came", "used"]
    for (index, trust) in trusted.enumerated() {
      let y = 34 + 20 * Double(index)
      drawing.cells([(across.end + 16, y - 6)], width: 10, height: 10, styles[index % 2])
      drawing.text(across.end + 32, y + 3, "\(trust.leadHours) h ahead")
    }
    for (row, name) in names.enumerated() {
      let top = 32 + Double(row) * rowHeight
      drawing.text(left - 8, top + (rowHeight - 12) / 2 + 4, name, .end, "label")
      for (index, trust) in trusted.enumerated() {
        let weight = trust.weight(of: name)
        let y = top + Double(index) * (bar + 2)
        drawing.cells(
          [(across.start, y)], width: across.place(weight) - across.start, height: bar,
          styles[index % 2])
        drawing.text(across.place(weight) + 5, y + bar - 1, Charts.percent(weight), .start, "count")
      }
    }
    let said = trusted.map { trust in
      "\(trust.leadHours) h ahead: "
        + names.map { "\($0) \(Charts.percent(trust.weight(of: $0)))" }.joined(separator: ", ")
    }
    return drawing.svg(
      id: id, title: "How much each forecaster counts", description: said.joined(separator: "; "))
  }

  /// Those that count for something, the one that counts most first.
  private static func shownNames(_ trusted: [StreamHistory.Trust]) -> [String] {
    let names = trusted.first?.experts.map(\.expert) ?? []
    let most = Dictionary(
      names.map { name in (name, trusted.map { $0.weight(of: name) }.max() ?? 0) },
      uniquingKeysWith: { first, _ in first })
    return names.filter { (most[$0] ?? 0) >= 0.005 }
  }
}

/// An axis of losses: the part of it in which they lie, between round numbers.
private struct LossAxis {
  let ticks: [Double]
  let start: Double
  private let axis: Axis
  private let digits: Int

  init(_ losses: [Double], start: Double, end: Double) {
    // A network that went wrong would leave no room for the others.
    let sane = losses.filter { (0...10).contains($0) }
    let (lowest, highest) = (sane.min() ?? 0, sane.max() ?? 1)
    let steps: [(step: Double, digits: Int)] = [
      (0.001, 3), (0.002, 3), (0.005, 3), (0.01, 2), (0.02, 2), (0.05, 2), (0.1, 1), (0.2, 1),
      (0.5, 1), (1, 0), (2, 0),
    ]
    let chosen = steps.first { (highest - lowest) / $0.step <= 4 } ?? (5, 0)
    let first = max(0, (lowest / chosen.step).rounded(.down) * chosen.step)
    let last = max(first + chosen.step, (highest / chosen.step).rounded(.up) * chosen.step)
    ticks = Array(stride(from: first, through: last + chosen.step / 100, by: chosen.step))
    digits = chosen.digits
    axis = Axis(range: first...last, start: start, end: end)
    self.start = start
  }

  func place(_ loss: Double) -> Double { axis.place(loss) }
  func text(_ loss: Double) -> String { Decimals.text(loss, digits) }
}
