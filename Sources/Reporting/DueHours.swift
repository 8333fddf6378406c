import Arithmetic
package import Records

/// Where an alert is due, in words: the spells of hours that reach the threshold.
package struct DueHours {
  package private(set) var sentences: [String] = []

  /// Spells that are listed.
  private static let spellsMax = 6

  /// - Parameter threshold: Nil: it is not known, and nothing is due.
  package init(_ hours: [StreamOutlook.Hour], threshold: Double?, _ zone: TimeZoneRules) {
    guard let threshold else { return }
    let level = Self.percent(threshold)
    var spells: [[StreamOutlook.Hour]] = []
    for hour in hours where hour.isLikely {
      if let last = spells.last?.last, last.hour == hour.hour - 1 {
        spells[spells.count - 1].append(hour)
      } else {
        spells.append([hour])
      }
    }
    if !spells.isEmpty {
      sentences = ["An alert is due where the threshold of \(level) is reached:"]
      sentences += spells.prefix(Self.spellsMax).map { "  " + Self.text($0, zone) }
      if spells.count > Self.spellsMax {
        sentences.append("  and \(spells.count - Self.spellsMax) times more")
      }
    } else if let likeliest = hours.max(by: { $0.probability < $1.probability }) {
      let local = LocalTime(hour: likeliest.hour, in: zone)
      sentences = [
        "No alert is due: no hour reaches the threshold of \(level); the likeliest is "
          + "\(local.inWeek) with \(Self.percent(likeliest.probability))."
      ]
    }
  }

  /// `Sat 09:00 to 11:00 CET, 81 %`
  private static func text(_ spell: [StreamOutlook.Hour], _ zone: TimeZoneRules) -> String {
    let start = LocalTime(hour: spell[0].hour, in: zone)
    let end = LocalTime(hour: spell[spell.count - 1].hour + 1, in: zone)
    let highest = spell.map(\.probability).max() ?? 0
    let isOneDay = start.date == end.date && start.zone == end.zone
    let span =
      isOneDay
      ? "\(start.weekday) \(start.minute) to \(end.inWeek.dropFirst(4))"
      : "\(start.inWeek) to \(end.inWeek)"
    return "\(span), \(spell.count > 1 ? "up to " : "")\(percent(highest))"
  }

  /// Nothing that is forecast is certain.
  static func percent(_ value: Double) -> String {
    value > 0 && value < 0.005 ? "less than 1 %" : "\(Decimals.text(min(value, 0.99) * 100, 0)) %"
  }
}
