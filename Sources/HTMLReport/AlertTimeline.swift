import Alerts
import Records
import Reporting

/// The alerts of past weeks: a column for each day, the hour that each is about downwards, and what came of it.
struct AlertTimeline {
  private let alerts: [StreamHistory.SentAlert]
  private let days: [LocalTime]
  private let zone: TimeZoneRules

  private static let daysMax = 120
  private static let left = 52.0
  private static let width = 720.0
  private static let height = 120.0

  init(_ history: StreamHistory) {
    zone = history.outlook.zone
    // Whatever a state says, it is an hour that can be shown.
    let hours = history.alerts.map { min(max($0.alert.hour, -1 << 40), 1 << 40) }
    guard let newest = hours.max(), let oldest = hours.min() else {
      (alerts, days) = ([], [])
      return
    }
    let last = max(newest, history.outlook.origin ?? newest)
    let first = max(oldest, last - 24 * Self.daysMax)
    var days: [LocalTime] = []
    for hour in stride(from: first, through: last, by: 1) {
      let local = LocalTime(hour: hour, in: zone)
      if days.last?.date != local.date { days.append(local) }
    }
    self.days = days
    alerts = history.alerts.filter { $0.alert.hour >= first }
  }

  var isEmpty: Bool { alerts.isEmpty || days.count < 2 }

  func svg(id: String) -> String {
    let top = 16.0
    var drawing = Drawing(width: Self.width, height: top + Self.height + 40)
    let dayWidth = min(12, (Self.width - Self.left - 8) / Double(days.count))
    let columns = Dictionary(
      days.enumerated().map { ($1.date, $0) }, uniquingKeysWith: { first, _ in first })
    for hour in stride(from: 0, through: 24, by: 6) {
      let y = top + Double(hour) / 24 * Self.height
      drawing.line(Self.left, y, Self.left + dayWidth * Double(days.count), y, "grid")
      drawing.text(Self.left - 7, y + 4, "\(hour) h", .end)
    }
    for told in alerts {
      let local = LocalTime(hour: told.alert.hour, in: zone)
      guard let column = columns[local.date], let hour = Double(local.time.prefix(2)) else {
        continue
      }
      let (shape, style) = Self.mark(told)
      drawing.mark(
        shape, Self.left + (Double(column) + 0.5) * dayWidth,
        top + (hour + 0.5) / 24 * Self.height, style,
        title: "\(local.text), \(Self.word(told)): \(told.message)")
    }
    drawing.days(days, left: Self.left, dayWidth: dayWidth, bottom: top + Self.height)
    let counts = ["hit", "an hour early", "an hour late", "false", "open"].map { word in
      "\(alerts.count { Self.word($0) == word }) \(word)"
    }
    return drawing.svg(
      id: id, title: "Alerts of \(days.count) days, and what came of them",
      description: "\(alerts.count) alerts: \(counts.joined(separator: ", ")); the others are of "
        + "another kind than upcoming. The table below lists them.")
  }

  /// What came of it, or else its kind.
  static func word(_ told: StreamHistory.SentAlert) -> String {
    switch told.outcome {
    case .hit: "hit"
    case .early: "an hour early"
    case .late: "an hour late"
    case .falseAlarm: "false"
    case nil: told.alert.kind == .upcoming ? "open" : told.alert.kind.name
    }
  }

  private static func mark(
    _ told: StreamHistory.SentAlert
  ) -> (shape: Drawing.MarkShape, style: String) {
    switch (told.outcome, told.alert.kind) {
    case (.hit, _): (.dot, "mark good")
    case (.early, _), (.late, _): (.ring, "mark open good")
    case (.falseAlarm, _): (.cross, "mark open bad")
    case (nil, .unexpected): (.up, "mark other")
    case (nil, .silence): (.down, "mark other")
    case (nil, _): (.ring, "mark open other")
    }
  }
}

extension Drawing {
  /// An axis of days below a picture, with ticks at Mondays, labelled as far as there is room.
  mutating func days(_ days: [LocalTime], left: Double, dayWidth: Double, bottom: Double) {
    let mondays = days.indices.filter { days[$0].weekday == "Mon" }
    let step = max(1, Int((58 / (7 * dayWidth)).rounded(.up)))
    for (index, day) in mondays.enumerated() {
      let x = left + Double(day) * dayWidth
      line(x, bottom, x, bottom + (index % step == 0 ? 6 : 3), "tick")
      if index % step == 0 { text(x, bottom + 18, days[day].day, .middle) }
    }
    text(left, bottom + 34, "day (ticks are Mondays)", .start, "label")
  }
}
