import Arithmetic
import Forecasting
import Host
import Monitoring
import Records
import Reporting
import Series
import Settings

extension Session {
  /// What it does, in one line:
  /// `3 streams · next: backup Tue 03:00 CET p=0.93 · trained Mon 2026-11-23 00:00 UTC · skill 0.29`.
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
        stream.digest.likeliest.map { (name, stream, $0) }
      }.max { ($0.2.probability, $1.0) < ($1.2.probability, $0.0) }
    if let (name, stream, best) = next {
      let zone = stream.forecaster.features.calendar.timeZone
      let time = LocalTime(hour: stream.forecaster.origin + best.lead, in: zone).inWeek
      let shown = String(escapedForDisplay: name, limit: 40)
      parts.append("next: \(shown) \(time) p=\(Decimals.digits(best.probability))")
    }
    // Not how long ago: nothing would wake an idle daemon to say so anew.
    if let hour = monitor.training.lastHour {
      parts.append("trained \(LocalTime(hour: hour, in: .utc).text)")
    } else {
      parts.append("too little data to train")
    }
    let skills = streams.values.compactMap(\.digest.skill)
    if !skills.isEmpty {
      let mean = skills.reduce(0, +) / Double(skills.count)
      parts.append("skill \((mean * 100).rounded() / 100)")
    }
    return parts.joined(separator: " · ")
  }

  /// That streams are turned away; nil while there is room, or none was.
  var streamLimitProblem: String? {
    let count = monitor.sources.reduce(0) { $0 + $1.overflowCount }
    guard count > 0, !monitor.hasRoomForStreams else { return nil }
    return
      "more streams than max_streams and max_dormant_streams (\(settings.maxStreams) and "
      + "\(settings.maxDormantStreams)): \(count) requests of others were not counted; a stream "
      + "without requests for \(settings.retention.streamDays) days makes room"
  }
}
