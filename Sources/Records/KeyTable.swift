/// Gives each key a number, so that a key becomes a `String` once and not once per line, and keeps the keys
/// in order, so that tallies are sorted by numbers.
///
/// Bounded: when it is full it says so and is emptied, which costs time but changes no count.
struct KeyTable {
  static let capacity = 16_384
  /// Keys are hashed with the standard library's seeded hash, so no client can choose keys that collide.
  private static let slotCount = 4 * capacity

  private struct Entry {
    var hash: Int
    /// Of `bytes`.
    var range: Range<Int>
  }

  private var slots: [Int32]
  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var texts: [String] = []
  /// Numbers in the order of their texts; new ones are put in by `updateRanks`.
  private var order: [Int] = []
  /// The place of each number in the order; equal texts (by Unicode's rules) share one.
  private(set) var ranks: [Int] = []

  /// The key of a source that is one stream has the number 0.
  init(isKeyed: Bool) {
    slots = Array(repeating: -1, count: isKeyed ? Self.slotCount : 0)
    if !isKeyed { texts = [""] }
  }

  var isFull: Bool { texts.count >= Self.capacity }

  func text(of number: Int) -> String { texts[number] }

  /// - Returns: Nil if the key is new and not UTF-8, or holds a NUL.
  @inline(__always)
  mutating func number(of buffer: borrowing KeyBuffer) -> Int? {
    let key = buffer.bytes
    let hash = key.seededHash
    var slot = hash & (Self.slotCount - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if entries[number].hash == hash, key.equals(bytes.span.bytes, in: entries[number].range) {
        return number
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    return add(key, hash: hash, slot: slot)
  }

  private mutating func add(_ key: RawSpan, hash: Int, slot: Int) -> Int? {
    precondition(!isFull, "a full table is emptied before it is asked")
    // SQLite ends a text at a NUL: two streams would become one.
    guard let text = key.validText, !text.utf8.contains(0) else { return nil }
    slots[slot] = Int32(texts.count)
    let start = bytes.count
    key.append(0..<key.byteCount, to: &bytes)
    entries.append(Entry(hash: hash, range: start..<bytes.count))
    texts.append(text)
    return texts.count - 1
  }

  mutating func removeAll() {
    for slot in slots.indices { slots[slot] = -1 }
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
  }

  /// Gives the keys that came since the last time their places.
  mutating func updateRanks() {
    guard order.count < texts.count else { return }
    let texts = texts
    let added = (order.count..<texts.count).sorted { texts[$0] < texts[$1] }
    var merged: [Int] = []
    merged.reserveCapacity(texts.count)
    var rest = added[...]
    for number in order {
      while let first = rest.first, texts[first] < texts[number] {
        merged.append(first)
        rest.removeFirst()
      }
      merged.append(number)
    }
    order = merged + rest
    ranks = Array(repeating: 0, count: texts.count)
    for (place, number) in order.enumerated().dropFirst() {
      let before = order[place - 1]
      ranks[number] = texts[before] == texts[number] ? ranks[before] : place
    }
  }
}
