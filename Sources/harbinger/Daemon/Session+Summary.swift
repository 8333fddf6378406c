import Arithmetic
import Forecasting
import Host
import Monitoring
import Records
import Reporting
import Settings

extension Session {
  /// What it does, in one line:
  /// `3 streams · next: backup 02:00Z p=0.93 · trained 2026-11-23T00:00Z · skill 0.29`.
  ///
  /// - Parameter now: In seconds since the epoch.
  func summary(now: Int64) -> String {
    let streams = monitor.streams
    var parts = [streams.count == 1 ? "1 stream" : "\(streams.count) streams"]
    if monitor.dormantCount > 0 { parts.append("\(monitor.dormantCount) dormant") }
    var lag: Int64 = 0
    for index in monitor.sources.indices { lag += intake.status(source: index).lagBytes }
    if lag > 1_000_000 { parts.append("\(lag / 1_000_000) MB to read") }
    let hoursLeft = monitor.hoursLeft(at: now)
    if hoursLeft >= Backlog.hoursMin { parts.append("catching up: \(hoursLeft) hours to go") }
    // Of an old hour there is nothing to come.
    let next =
      hoursLeft >= Backlog.hoursMin
      ? nil
      : streams.compactMap { name, stream in
        stream.forecaster.forecasts.max { $0.probability < $1.probability }.map { best in
          (name, stream.forecaster.origin + best.lead, best.probability)
        }
      }.max { ($0.2, $1.0) < ($1.2, $0.0) }
    if let (name, hour, probability) = next {
      let time = UTCTime(hour: hour).text.dropFirst(11).prefix(5)
      let shown = String(escapedForDisplay: name, limit: 40)
      parts.append("next: \(shown) \(time)Z p=\(Decimals.digits(probability))")
    }
    // Not how long ago: nothing would wake an idle daemon to say so anew.
    if let hour = monitor.training.lastHour {
      parts.append("trained \(UTCTime(hour: hour).text.prefix(16))Z")
    } else {
      parts.append("too little data to train")
    }
    let skills = streams.values.compactMap { $0.forecaster.scores.first }
      .filter { !$0.isEmpty }.map { $0.skill(against: BaseRate.self) }
    if !skills.isEmpty {
      let mean = skills.reduce(0, +) / Double(skills.count)
      parts.append("skill \((mean * 100).rounded() / 100)")
    }
    return parts.joined(separator: " · ")
  }
}
