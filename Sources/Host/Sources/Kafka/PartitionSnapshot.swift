internal import Arithmetic

/// A copy of the state of a partition: all that its records have led to, and the offset at which the next one is read.
package struct PartitionSnapshot: Hashable, Sendable {
  /// How often the partition had been given to a member before. Of two members that believe that they hold it, the one
  /// that was given it later wins.
  package let generation: Int32
  /// The offset of the next record.
  package let offset: Int64
  /// Random: no two snapshots have a key in common, so that none overwrites another.
  private let nonce: UInt64

  package init(generation: Int32, offset: Int64) {
    self.init(generation: generation, offset: offset, nonce: .random(in: 0 ... .max))
  }

  private init(generation: Int32, offset: Int64, nonce: UInt64) {
    self.generation = generation
    self.offset = offset
    self.nonce = nonce
  }

  /// Brokers accept records of a megabyte unless they are told otherwise.
  package static let chunkBytesMax = 800_000
  /// What is larger is taken for damage, and not written.
  static let chunkCountMax: Int32 = 5_000

  /// What a record of the state topic says before its piece of the compressed state.
  package struct Header: Equatable {
    let snapshot: PartitionSnapshot
    let index: Int32
    let isLast: Bool
    /// Of all bytes up to the end of this piece.
    let sum: UInt64

    private static let mark = Array("HBS1".utf8)
    static let byteCount = 40

    init(_ snapshot: PartitionSnapshot, index: Int32, isLast: Bool, sum: UInt64) {
      self.snapshot = snapshot
      self.index = index
      self.isLast = isLast
      self.sum = sum
    }

    /// The bytes of the record's key.
    package var key: [UInt8] {
      let nonce = String(snapshot.nonce, radix: 16)
      return Array("\(snapshot.generation)/\(snapshot.offset)/\(nonce)/\(index)".utf8)
    }

    package var bytes: [UInt8] {
      let numbers: [(UInt64, Int)] = [
        (UInt64(UInt32(bitPattern: snapshot.generation)), 4),
        (UInt64(bitPattern: snapshot.offset), 8), (snapshot.nonce, 8),
        (UInt64(UInt32(bitPattern: index)), 4), (isLast ? 1 : 0, 4), (sum, 8),
      ]
      return Self.mark
        + numbers.flatMap { value, size in
          (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
    }

    /// - Returns: Nil if this is no such record.
    init?(_ record: UnsafeRawBufferPointer) {
      guard record.count >= Self.byteCount, record.prefix(4).elementsEqual(Self.mark) else {
        return nil
      }
      func number(_ start: Int, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(record[start + $1]) << (8 * $1) }
      }
      snapshot = PartitionSnapshot(
        generation: Int32(truncatingIfNeeded: number(4, 4)),
        offset: Int64(bitPattern: number(8, 8)), nonce: number(16, 8))
      index = Int32(truncatingIfNeeded: number(24, 4))
      isLast = number(28, 4) == 1
      sum = number(32, 8)
      guard snapshot.generation >= 0, snapshot.generation < .max, snapshot.offset >= 0,
        (0..<PartitionSnapshot.chunkCountMax).contains(index)
      else { return nil }
    }
  }
}

/// The records of a partition of the state topic, without the states in them.
package struct SnapshotIndex: Sendable {
  /// A snapshot of which all records are there.
  package struct Entry: Equatable, Sendable {
    package let snapshot: PartitionSnapshot
    /// Where its first record is in the partition.
    let start: Int64
    /// Of its records.
    let count: Int32
  }

  private struct Place {
    let header: PartitionSnapshot.Header?
    let start: Int64
  }

  /// By key.
  private var places: [[UInt8]: Place] = [:]

  package init() {}

  /// The keys of all records that compaction keeps.
  package var keys: Set<[UInt8]> { Set(places.keys) }

  /// Adds the next record.
  ///
  /// - Parameters:
  ///   - value: Without a pointer if the record deletes what its key had.
  ///   - start: Where the record is in the partition.
  package mutating func add(key: [UInt8], value: UnsafeRawBufferPointer, at start: Int64) {
    let header = PartitionSnapshot.Header(value)
    places[key] =
      value.baseAddress == nil
      ? nil : Place(header: header?.key == key ? header : nil, start: start)
  }

  /// The complete ones, that of the highest generation and then offset first; of equals, the one that was written last.
  /// One of which a record is missing is left out: a member that is killed while it writes leaves the one before in use.
  package var entries: [Entry] {
    Dictionary(grouping: places.values.filter { $0.header != nil }) { $0.header!.snapshot }
      .compactMap { snapshot, places in
        let isComplete =
          places.contains { $0.header!.isLast && Int($0.header!.index) == places.count - 1 }
        guard isComplete, let start = places.map(\.start).min() else { return nil }
        return Entry(snapshot: snapshot, start: start, count: Int32(places.count))
      }
      .sorted {
        ($0.snapshot.generation, $0.snapshot.offset, $0.start)
          > ($1.snapshot.generation, $1.snapshot.offset, $1.start)
      }
  }
}
