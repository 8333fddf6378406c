import Forecasting
import Foundation
import Monitoring
import Records
import Series

@main
struct Harbinger {
  static func main() throws {
    let args = CommandLine.arguments
    let text = try String(contentsOfFile: args[1], encoding: .utf8)
    let from = Double(args[2])!
    let every = Int(args[3])!
    let freeze = args[4] == "freeze"
    let table = HourlyTable(lines: text.split(separator: "\n"))
    var settings = MonitorSettings(sources: [.init(name: "log")])
    settings.training.everyHours = every
    let first = table.hours.keys.min()!, last = table.hours.keys.max()!
    let cut = first + Int(Double(last - first + 1) * from)
    var replay = Replay(monitor: Monitor(settings: settings), evaluation: Evaluation(fromHour: cut, leads: [1, 6, 24]))
    if freeze { replay.lastTrainingHour = cut }
    let t0 = Date()
    for batch in table.batches(graceSeconds: 60) {
      try replay.handle(.records(source: 0, batch: batch, positions: []))
    }
    try replay.handle(.drained(source: 0))
    try replay.handle(.tick(now: Int64(last + 1) * 3600 + 60))
    print("time", Date().timeIntervalSince(t0), "runs", replay.reports.count, "adopted", replay.reports.count { $0.isAdopted })
    for f in Evaluation.Forecaster.all {
      let s = replay.evaluation.skill(of: f)!
      let pooled = replay.evaluation.series(stream: nil, lead: nil)[f]
      print(f.name, String(format: "skill %.4f worst %.4f ece %.4f ap %.3f", s.mean, s.worst, pooled.expectedCalibrationError, pooled.averagePrecision))
    }
    for name in replay.evaluation.streams {
      let s = replay.evaluation.series(stream: name, lead: nil)
      let b = s[.expert(.baseRate)]
      print(name.prefix(30), Evaluation.Forecaster.all.map { String(format: "%.3f", s[$0].skill(against: b)) }.joined(separator: " "))
    }
  }
}
