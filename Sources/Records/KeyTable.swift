/// Gives each key a number, so that a key becomes a `String` once and not once per line.
///
/// Bounded: when it is full it says so and is emptied, which costs time but changes no count.
struct KeyTable {
  static let capacity = 16_384
  /// Keys are hashed with the standard library's seeded hash, so nobody can choose keys that collide.
  private static let slotCount = 4 * capacity

  private var slots: [Int32]
  private var hashes: [Int] = []
  private var texts: [String] = []
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The key of a source that is one stream has the number 0.
  init(isKeyed: Bool) {
    slots = Array(repeating: -1, count: isKeyed ? Self.slotCount : 0)
    if !isKeyed {
      texts = [""]
      hashes = [0]
      ends = [0]
    }
  }

  var isFull: Bool { texts.count >= Self.capacity }

  func text(of number: Int) -> String { texts[number] }

  /// - Returns: Nil if the key is new and not UTF-8.
  mutating func number(of key: [UInt8]) -> Int? {
    precondition(!isFull, "a full table is emptied before it is asked")
    let hash = key.withUnsafeBytes { bytes in
      var hasher = Hasher()
      hasher.combine(bytes: bytes)
      return hasher.finalize()
    }
    var slot = hash & (Self.slotCount - 1)
    while slots[slot] >= 0 {
      let number = Int(slots[slot])
      if hashes[number] == hash, self.bytes.span.bytes.range(range(of: number), equals: key) {
        return number
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
    guard let text = String(validating: key, as: UTF8.self) else { return nil }
    slots[slot] = Int32(texts.count)
    hashes.append(hash)
    texts.append(text)
    bytes.append(contentsOf: key)
    ends.append(bytes.count)
    return texts.count - 1
  }

  mutating func removeAll() {
    for slot in slots.indices { slots[slot] = -1 }
    hashes.removeAll(keepingCapacity: true)
    texts.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  private func range(of number: Int) -> Range<Int> {
    (number == 0 ? 0 : ends[number - 1])..<ends[number]
  }
}
