import Arithmetic

/// Counts records by key and hour within a segment. Keys are numbers of a `KeyTable`.
struct HourlyTallies {
  private struct Tally {
    var key: Int
    var hour: Int
    var count = 0
    var latest = Int64.min
  }

  /// The tally of each key's current hour, by the key's number; a count of zero means that there is none.
  private var open: [Tally] = []
  private var openKeys: [Int] = []
  /// Tallies of other hours; a key and hour may occur more than once.
  private var closed: [Tally] = []
  /// Finished tallies whose key numbers are no longer valid.
  private var summed: [RecordBatch.Tally] = []

  /// The current tally, outside the array for speed: consecutive lines mostly are of the same stream and hour.
  private var current = Tally(key: -1, hour: 0)
  private var hourStart: Int64 = 0

  var isEmpty: Bool { current.key < 0 && summed.isEmpty }

  @inline(__always)
  mutating func count(_ time: Int64, key: Int, keys: inout KeyTable) {
    if key != current.key || UInt64(bitPattern: time &- hourStart) >= 3_600 {
      select(key: key, time: time, keys: &keys)
    }
    current.count += 1
    current.latest = max(current.latest, time)
  }

  private mutating func select(key: Int, time: Int64, keys: inout KeyTable) {
    if current.key >= 0 { open[current.key] = current }
    while open.count <= key { open.append(Tally(key: open.count, hour: 0)) }
    if UInt64(bitPattern: time &- hourStart) >= 3_600 {
      hourStart = floorDivide(time, 3_600) * 3_600
    }
    let hour = Int(hourStart / 3_600)
    if open[key].count == 0 {
      openKeys.append(key)
      open[key] = Tally(key: key, hour: hour)
    } else if open[key].hour != hour {
      closed.append(open[key])
      open[key] = Tally(key: key, hour: hour)
      if closed.count >= Self.maxClosed { flush(keys: &keys) }
    }
    current = open[key]
  }

  /// Lines that alternate between hours create many small tallies, which are summed up at this number.
  private static let maxClosed = 65_536

  /// The tallies since the last call, sorted by hour, then key.
  mutating func take(keys: inout KeyTable) -> [RecordBatch.Tally] {
    flush(keys: &keys)
    defer { summed = [] }
    return summed
  }

  /// Sums up the tallies and replaces key numbers by keys, so that the key table may be emptied.
  mutating func flush(keys: inout KeyTable) {
    if current.key >= 0 { open[current.key] = current }
    for key in openKeys where open[key].count > 0 {
      closed.append(open[key])
      open[key].count = 0
    }
    openKeys.removeAll(keepingCapacity: true)
    current = Tally(key: -1, hour: 0)
    keys.updateRanks()
    let ranks = keys.ranks
    closed.sort { ($0.hour, ranks[$0.key]) < ($1.hour, ranks[$1.key]) }
    var sums: [RecordBatch.Tally] = []
    sums.reserveCapacity(closed.count)
    var last: Tally?
    for tally in closed {
      if let last, last.hour == tally.hour, ranks[last.key] == ranks[tally.key] {
        sums[sums.count - 1].count += tally.count
        sums[sums.count - 1].latest = max(sums[sums.count - 1].latest, tally.latest)
      } else {
        sums.append(
          RecordBatch.Tally(
            key: keys.text(of: tally.key), hour: tally.hour, count: tally.count,
            latest: tally.latest))
      }
      last = tally
    }
    closed.removeAll(keepingCapacity: true)
    summed = summed.isEmpty ? sums : RecordBatch.Tally.merge(summed, sums)
  }
}
