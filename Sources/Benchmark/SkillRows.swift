import Glibc
import Records
import Series

/// Writes the rows that our network would get from a table of hourly counts, to score other learners on the same
/// features, labels, leads and split.
///
/// `index.i32` holds, for each row, its stream, the hour of the day of its target, its lead, and whether the target is
/// after the split (1) or before (0).
struct SkillRows {
  private static let leads = [1, 6, 24]
  private static let warmUpHours = 24 * 7

  private var features: [Float] = []
  private var labels: [Float] = []
  private var baseRates: [Float] = []
  private var index: [Int32] = []

  /// - Parameters:
  ///   - table: Lines `key,hour_start_utc_epoch,count`.
  ///   - fraction: The fraction of the hours before the split.
  init(table: some Sequence<String>, fraction: Double) {
    var counts: [String: [Int: Int]] = [:]
    for line in table {
      let fields = line.split(separator: ",")
      guard fields.count >= 3, let start = Int(fields[fields.count - 2]),
        let count = Int(fields[fields.count - 1])
      else { continue }
      let key = fields.dropLast(2).joined(separator: ",")
      counts[key, default: [:]][start / 3600, default: 0] += count
    }
    let hours = counts.values.flatMap(\.keys)
    guard let first = hours.min(), let last = hours.max() else { return }
    let cut = first + Int(Double(last - first + 1) * fraction)
    for (number, stream) in counts.sorted(by: { $0.key < $1.key }).enumerated() {
      add(stream.value, Int32(number), until: last, cut: cut)
    }
  }

  private mutating func add(_ counts: [Int: Int], _ stream: Int32, until last: Int, cut: Int) {
    guard let first = counts.keys.min() else { return }
    let calendar = HourCalendar(timeZone: .utc)
    var rolling = RollingFeatures(startingAt: first, calendar: calendar)
    for origin in first..<last {
      rolling.close(active: counts[origin] != nil, count: counts[origin] ?? 0)
      var rows = FeatureRows(rolling, horizon: 24)
      for lead in Self.leads where origin + lead <= last {
        let isScored = origin + lead >= cut
        guard isScored || rolling.hourCount >= Self.warmUpHours else { continue }
        let baselines = rolling.baselines(lead: lead)
        rows.append(lead: lead, baselines: baselines, to: &features)
        labels.append(counts[origin + lead] != nil ? 1 : 0)
        baseRates.append(Float(baselines.baseRate))
        let hourOfDay = calendar.local(origin + lead).hourOfDay
        index += [stream, Int32(hourOfDay), Int32(lead), isScored ? 1 : 0]
      }
    }
  }

  func write(to directory: String) throws {
    let files = PeerFiles(directory: directory)
    try files.write(features, to: "rows.f32")
    try files.write(labels, to: "labels.f32")
    try files.write(baseRates, to: "base.f32")
    try files.write(index, to: "index.i32")
  }
}
