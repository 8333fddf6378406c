/// Counts records by key and hour within a segment. Keys are numbers here, given by a `KeyTable`.
struct HourlyTallies {
  private struct Open {
    var hour: Int
    var count: Int
    var latest: Int64
  }

  private struct StreamHour: Hashable {
    var key: String
    var hour: Int
  }

  /// Each key's current hour, by the key's number; a count of zero is none.
  private var open: [Open] = []
  private var openKeys: [Int] = []
  private var closed: [StreamHour: Open] = [:]

  /// The number whose hour is at hand, kept out of the array: lines of one stream and hour mostly follow
  /// each other.
  private var key = -1
  private var current = Open(hour: 0, count: 0, latest: 0)
  private var hourStart: Int64 = 0

  var isEmpty: Bool { key < 0 && closed.isEmpty }

  @inline(__always)
  mutating func count(_ time: Int64, key number: Int, keys: KeyTable) {
    if number != key || UInt64(bitPattern: time &- hourStart) >= 3_600 {
      turn(to: number, hour: Int(floorDivide(time, 3_600)), keys: keys)
    }
    current.count += 1
    current.latest = max(current.latest, time)
  }

  private mutating func turn(to number: Int, hour: Int, keys: KeyTable) {
    if key >= 0 { open[key] = current }
    while open.count <= number { open.append(Open(hour: 0, count: 0, latest: 0)) }
    if open[number].count == 0 {
      openKeys.append(number)
      open[number] = Open(hour: hour, count: 0, latest: .min)
    } else if open[number].hour != hour {
      close(number, keys: keys)
      open[number] = Open(hour: hour, count: 0, latest: .min)
    }
    key = number
    current = open[number]
    hourStart = Int64(hour) * 3_600
  }

  private mutating func close(_ number: Int, keys: KeyTable) {
    let tally = open[number]
    let streamHour = StreamHour(key: keys.text(of: number), hour: tally.hour)
    if var sum = closed[streamHour] {
      sum.count += tally.count
      sum.latest = max(sum.latest, tally.latest)
      closed[streamHour] = sum
    } else {
      closed[streamHour] = tally
    }
  }

  /// Everything counted since the last time, sorted by hour, then key; key numbers mean nothing afterwards.
  mutating func take(keys: KeyTable) -> [RecordBatch.Tally] {
    closeAll(keys: keys)
    defer { closed.removeAll() }
    return closed.map { streamHour, sum in
      RecordBatch.Tally(
        key: streamHour.key, hour: streamHour.hour, count: sum.count, latest: sum.latest)
    }
    .sorted(by: RecordBatch.Tally.precedes)
  }

  /// Lets go of all key numbers, so that the table that gave them may be emptied.
  mutating func closeAll(keys: KeyTable) {
    if key >= 0 { open[key] = current }
    for number in openKeys {
      close(number, keys: keys)
      open[number].count = 0
    }
    openKeys.removeAll(keepingCapacity: true)
    key = -1
  }
}
