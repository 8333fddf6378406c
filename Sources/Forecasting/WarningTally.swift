import Alerts
import Arithmetic
package import Series

/// How many warnings were right, and how many requests were warned of.
package struct WarningTally: Equatable, Sendable {
  /// Those whose hour is over.
  package var alerts = 0
  /// Those of whose hour a request came.
  package var hits = 0
  /// Not those that were an hour early or late.
  package var falseAlarms = 0
  /// Suppressed; not counted in the others.
  package var suppressed = 0
  /// Requests that came after so long an idleness as a warning may be ahead: the others follow on these.
  package var episodes = 0
  /// Those of them whose first hour, or one beside it, was warned of.
  package var warned = 0

  package init() {}

  /// The share of the alerts that were not false.
  package var precision: Double? {
    alerts > 0 ? 1 - Double(falseAlarms) / Double(alerts) : nil
  }
  /// The share of the episodes that were warned of.
  package var recall: Double? { episodes > 0 ? Double(warned) / Double(episodes) : nil }

  /// What missed episodes and false alarms have cost, in the unit of the settings.
  package func cost(_ settings: AlertSettings) -> Double {
    settings.missCost * Double(episodes - warned) + settings.falseAlarmCost * Double(falseAlarms)
  }

  /// Sums up two tallies.
  package mutating func add(_ other: WarningTally) {
    counts = zip(counts, other.counts).map(+)
  }

  package func write(to writer: inout ByteWriter) {
    for count in counts { writer.write(count) }
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    var counts: [Int] = []
    for _ in 0..<Self.countCount { counts.append(try reader.readTally()) }
    self.counts = counts
  }

  fileprivate static let countCount = 6

  /// All of them, as they are stored.
  fileprivate var counts: [Int] {
    get { [alerts, hits, falseAlarms, suppressed, episodes, warned] }
    set {
      (alerts, hits, falseAlarms) = (newValue[0], newValue[1], newValue[2])
      (suppressed, episodes, warned) = (newValue[3], newValue[4], newValue[5])
    }
  }
}

/// A tally of the last thirteen weeks: of 85 to 91 days, week by week.
struct RecentTally: Equatable, Sendable {
  private static let weekCount = 13

  /// The newest; nil before there is any.
  private var week: Int?
  /// `[week modulo their number][count]`: none of them is more than the hours of a week.
  private var counts = [UInt8](repeating: 0, count: weekCount * WarningTally.countCount)

  /// Forgets what is too old at the end of an hour.
  mutating func advance(to hour: Int) {
    let next = Self.week(of: hour)
    let first = max(week.map { $0 + 1 } ?? next, next - Self.weekCount + 1)
    if first <= next {
      for passed in first...next { set(WarningTally(), of: passed) }
    }
    week = next
  }

  mutating func note(_ change: (inout WarningTally) -> Void) {
    guard let week else { return }
    var tally = tally(of: week)
    change(&tally)
    set(tally, of: week)
  }

  private func tally(of week: Int) -> WarningTally {
    var tally = WarningTally()
    tally.counts = counts[Self.places(week)].map { Int($0) }
    return tally
  }

  private mutating func set(_ tally: WarningTally, of week: Int) {
    for (place, count) in zip(Self.places(week), tally.counts) {
      counts[place] = UInt8(clamping: count)
    }
  }

  /// Takes in what an hour's end says.
  ///
  /// - Parameters:
  ///   - beginsEpisode: It is active after a long idleness, and it was forecast.
  ///   - isWarned: An alert was delivered for it.
  mutating func take(
    _ judged: [(warning: Warnings.Pending, outcome: Alert.Outcome)], isWarned: Bool,
    beginsEpisode: Bool
  ) {
    guard beginsEpisode || !judged.isEmpty else { return }
    note { tally in
      for (warning, outcome) in judged where warning.isDelivered {
        tally.alerts += 1
        if outcome == .hit { tally.hits += 1 }
        if outcome == .falseAlarm { tally.falseAlarms += 1 }
      }
      if beginsEpisode { tally.episodes += 1 }
      if beginsEpisode, isWarned { tally.warned += 1 }
    }
  }

  var total: WarningTally {
    var sums = [Int](repeating: 0, count: WarningTally.countCount)
    for (place, count) in counts.enumerated() {
      sums[place % WarningTally.countCount] += Int(count)
    }
    var total = WarningTally()
    total.counts = sums
    return total
  }

  /// The most hours that it can judge at the end of an hour.
  static func hoursCovered(at hour: Int) -> Int {
    (weekCount - 1) * 168 + hour - week(of: hour) * 168 + 1
  }

  private static func week(of hour: Int) -> Int { floorDivide(hour, 168) }

  private static func places(_ week: Int) -> Range<Int> {
    let start = floorModulo(week, weekCount) * WarningTally.countCount
    return start..<start + WarningTally.countCount
  }

  func write(to writer: inout ByteWriter) {
    writer.write(week ?? Int.min)
    writer.write(counts)
  }

  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    week = try reader.readHourIfAny()
    counts = try reader.readArray(of: UInt8.self, count: counts.count)
  }
}
