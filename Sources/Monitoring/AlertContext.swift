import Alerts
import Forecasting
import Records
import Series

/// The context of an alert that people can check: the local time of its hour, and how often requests came at such a
/// time before. It uses only what was known at the alert's origin, so a replay gives the same text.
extension Monitor.Stream {
  /// The hour of an alert in the stream's time zone.
  func localTime(of alert: Alert) -> String { localTime(alert.hour) }

  private func localTime(_ hour: Int) -> String {
    LocalTime(hour: hour, in: forecaster.features.calendar.timeZone).inWeek
  }

  /// The habit of the stream that best explains the alert; nil if none is known yet.
  func habit(of alert: Alert) -> String? {
    let features = forecaster.features
    switch alert.kind {
    case .upcoming:
      guard let habit = features.strongestHabit(of: alert.hour) else { return nil }
      // The habit explains less than half of the probability; the rest comes most often from recent activity.
      guard habit.share < (alert.facts.probability ?? 0) / 2, let last = features.lastActive else {
        return habit.text
      }
      return "\(habit.text); last active \(alert.hour - last) h before"
    case .unexpected:
      return features.habits(of: alert.hour).min { $0.share < $1.share }?.text
    case .silence:
      return missedHabit(upTo: alert.hour)
    default:
      return nil
    }
  }

  /// Of a longer silence only the newest week is searched.
  private static let missedHoursMax = 24 * 7

  /// The habit that was missed: of the hours since the last request, the one with the strongest habit.
  private func missedHabit(upTo hour: Int) -> String? {
    let features = forecaster.features
    let first = max((features.lastActive ?? hour - 1) + 1, hour - Self.missedHoursMax + 1)
    guard first <= hour else { return nil }
    let missed = (first...hour).compactMap { hour in
      features.strongestHabit(of: hour).map { (hour: hour, habit: $0) }
    }
    // Of equally strong ones, the earliest.
    guard let most = missed.max(by: { ($0.habit.share, $1.hour) < ($1.habit.share, $0.hour) })
    else {
      return nil
    }
    return most.hour == hour
      ? most.habit.text : "likeliest was \(localTime(most.hour)), \(most.habit.text)"
  }
}

extension RollingFeatures {
  fileprivate func strongestHabit(of hour: Int) -> Habit? {
    habits(of: hour).max { $0.share < $1.share }
  }
}

extension Monitor {
  /// Completes an alert of an hour of a stream that was closed just now.
  func withContext(
    _ alert: Alert, _ stream: Stream, _ closed: StreamForecaster.ClosedHour
  ) -> Alert {
    var alert = alert
    if alert.suppressed == nil, !isRecent(alert) { alert.suppressed = .past }
    let forecaster = stream.forecaster
    let inputs = alert.leadHours > 0 ? forecaster.inputs(lead: alert.leadHours) : closed.inputs
    alert.facts.explanation = inputs.map {
      Explanation($0, usualRow: forecaster.usualRow, model: models.current).sentence
    }
    alert.facts.localTime = stream.localTime(of: alert)
    alert.facts.habit = stream.habit(of: alert)
    return alert
  }

  /// An `upcoming` alert is not delivered once its hour is over.
  private func isRecent(_ alert: Alert) -> Bool {
    isRecent(alert.origin) && (alert.kind != .upcoming || Int64(alert.hour + 1) * 3600 > now)
  }
}

extension Alert {
  /// Says that the network forecasts worse than the baselines, or no longer does.
  static func modelChanged(_ change: ModelWatch.Change, at hour: Int) -> Alert {
    var alert = Alert(.modelDegraded, about: .service, hour: hour)
    switch change {
    case .degraded(let skill): alert.facts.skill = skill
    case .recovered(let skill):
      alert.isOver = true
      alert.facts.skill = skill
      alert.facts.reason = "the network forecast worse than the baselines"
    }
    return alert
  }
}
