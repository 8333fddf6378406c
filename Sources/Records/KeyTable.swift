/// Assigns a number to each key, so that a key becomes a `String` once instead of once per line, and keeps the keys'
/// order, so that tallies are sorted by numbers.
///
/// It is bounded: when `isFull`, the caller empties it, which costs time but changes no count.
struct KeyTable {
  static let capacity = 16_384
  /// Keys are hashed with the standard library's seeded hash, so no client can choose keys that collide.
  private static let slotCount = 4 * capacity

  private struct Entry {
    var hash: Int
    /// A range of `bytes`.
    var range: Range<Int>
  }

  private var slots: [Int32]
  private var entries: [Entry] = []
  private var bytes: [UInt8] = []
  private var texts: [String] = []
  /// The numbers in the order of their texts; `updateRanks` inserts new ones.
  private var order: [Int] = []
  /// The rank of each number in that order; canonically equivalent texts share one.
  private(set) var ranks: [Int] = []

  /// A source without a key has one key with the number 0.
  init(isKeyed: Bool) {
    slots = Array(repeating: -1, count: isKeyed ? Self.slotCount : 0)
    if !isKeyed { texts = [""] }
  }

  var isFull: Bool { texts.count >= Self.capacity }

  func text(of number: Int) -> String { texts[number] }

  /// - Returns: The key's number; nil if the key is not UTF-8 or contains a NUL.
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
    // SQLite ends a text at a NUL, so that two streams could become one.
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

  /// Inserts the keys that were added since the last call into the order.
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
