import Arithmetic

/// Which of the last 4,096 hours were active, one bit each, and the requests of the last 24 hours.
package struct RecentActivity: Equatable, Sendable {
  /// In hours.
  package static let range = 4_096

  private var words = [UInt64](repeating: 0, count: RecentActivity.range / 64)
  private var counts = [Int](repeating: 0, count: 24)
  /// The newest hour recorded, since the epoch.
  package private(set) var newest: Int
  /// The first hour recorded, since the epoch.
  package let first: Int

  /// - Parameter hour: The first hour that will be recorded.
  package init(startingAt hour: Int) {
    first = hour
    newest = hour - 1
  }

  /// Adds the hour after `newest`.
  package mutating func record(active: Bool, count: Int) {
    newest += 1
    let slot = newest & (Self.range - 1)
    let bit = UInt64(1) << UInt64(slot & 63)
    if active { words[slot >> 6] |= bit } else { words[slot >> 6] &= ~bit }
    counts[floorModulo(newest, 24)] = count
  }

  /// Whether an hour was active; false if it is before the first, after the newest, or too long ago.
  package func wasActive(_ hour: Int) -> Bool {
    guard hour >= first, hour <= newest, hour > newest - Self.range else { return false }
    let slot = hour & (Self.range - 1)
    return words[slot >> 6] >> UInt64(slot & 63) & 1 == 1
  }

  /// The number of active hours among the newest `hours`, at most `range`.
  package func activeCount(last hours: Int) -> Int {
    var total = 0
    var end = newest & (Self.range - 1)
    var remaining = min(hours, Self.range)
    while remaining > 0 {
      // Count up to `remaining` bits of this word, from `end` down.
      let bits = end & 63
      let taken = min(remaining, bits + 1)
      let word = words[end >> 6] << UInt64(63 - bits)
      total += (word >> UInt64(64 - taken)).nonzeroBitCount
      remaining -= taken
      end = (end - taken) & (Self.range - 1)
    }
    return total
  }

  /// The number of requests in the newest `hours`, at most 24.
  package func requestCount(last hours: Int) -> Double {
    var total = 0.0
    for age in 0..<min(hours, 24) where newest - age >= first {
      total += Double(counts[floorModulo(newest - age, 24)])
    }
    return total
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(first)
    writer.write(newest)
    writer.write(words)
    writer.write(counts)
  }

  package init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    first = try reader.readHour()
    newest = try reader.readInt(in: first - 1...ByteReader.lastHour)
    words = try reader.readArray(of: UInt64.self, count: Self.range / 64)
    counts = try reader.readArray(of: Int.self, count: 24)
    guard counts.allSatisfy({ $0 >= 0 }) else { throw ByteReader.Damaged() }
  }
}
