internal import Arithmetic
internal import CZstd
internal import Glibc

/// The pieces of a compressed file, one at a time, so that none of it is in memory as a whole.
package struct SnapshotWriter {
  private static let bufferBytes = 256 << 10
  private static let compressionLevel: Int32 = 3

  private let snapshot: PartitionSnapshot
  private var chunk: [UInt8] = []
  private var index: Int32 = 0
  private var sum = FNV1a()

  /// Receives what a record says, and a piece.
  package typealias Deliver = (PartitionSnapshot.Header, [UInt8]) throws -> Void

  package init(_ snapshot: PartitionSnapshot) { self.snapshot = snapshot }

  /// Compresses a file.
  ///
  /// - Parameter deliver: Receives each piece, in order.
  /// - Throws: `SystemError`: `EFBIG` if the file is larger than a snapshot may be; and what `deliver` throws.
  package mutating func write(_ path: String, _ deliver: Deliver) throws {
    let file = try Descriptor(opening: path, flags: O_RDONLY)
    guard let stream = ZSTD_createCStream() else { throw SystemError("compress", code: ENOMEM) }
    defer { ZSTD_freeCStream(stream) }
    ZSTD_initCStream(stream, Self.compressionLevel)
    var input = [UInt8](repeating: 0, count: Self.bufferBytes)
    var output = input
    var count = 0
    repeat {
      count = try input.withUnsafeMutableBytes { try file.read(into: $0) ?? 0 }
      let end = count > 0 ? ZSTD_e_continue : ZSTD_e_end
      var (used, left) = (0, 0)
      repeat {
        var filled = 0
        try input.withUnsafeBytes { input in
          try output.withUnsafeMutableBytes { output in
            var from = ZSTD_inBuffer(src: input.baseAddress, size: count, pos: used)
            var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            left = ZSTD_compressStream2(stream, &to, &from, end)
            if ZSTD_isError(left) != 0 { throw SystemError("compress", path: path, code: EIO) }
            (used, filled) = (from.pos, to.pos)
          }
        }
        try add(output[..<filled], of: path, deliver)
      } while count > 0 ? used < count : left > 0
    } while count > 0
    try finishChunk(isLast: true, deliver)
  }

  private mutating func add(
    _ bytes: ArraySlice<UInt8>, of path: String, _ deliver: Deliver
  ) throws {
    var rest = bytes
    while !rest.isEmpty {
      if chunk.count == PartitionSnapshot.chunkBytesMax { try finishChunk(isLast: false, deliver) }
      guard index < PartitionSnapshot.chunkCountMax - 1 else {
        throw SystemError("compress", path: path, code: EFBIG)
      }
      let piece = rest.prefix(PartitionSnapshot.chunkBytesMax - chunk.count)
      chunk += piece
      rest.removeFirst(piece.count)
    }
  }

  private mutating func finishChunk(isLast: Bool, _ deliver: Deliver) throws {
    sum.combine(chunk)
    try deliver(
      PartitionSnapshot.Header(snapshot, index: index, isLast: isLast, sum: sum.value), chunk)
    index += 1
    chunk.removeAll(keepingCapacity: true)
  }
}

/// Writes the file of a snapshot again, piece by piece.
package struct SnapshotReader: ~Copyable {
  private static let bufferBytes = 256 << 10
  /// A state of so many bytes is taken for damage.
  private static let fileBytesMax = 16 << 30

  private let snapshot: PartitionSnapshot
  private let path: String
  private let file: Descriptor
  private let decoder = Compression.zstd.makeDecoder()
  private var output = [UInt8](repeating: 0, count: bufferBytes)
  private var byteCount = 0
  private var next: Int32 = 0
  private var sum = FNV1a()

  /// - Parameter path: A file that is there, and empty.
  /// - Throws: `SystemError`
  package init(_ snapshot: PartitionSnapshot, to path: String) throws(SystemError) {
    self.snapshot = snapshot
    self.path = path
    file = try Descriptor(opening: path, flags: O_WRONLY | O_NOFOLLOW)
  }

  /// Adds the next record of the state topic; those of others are passed over.
  ///
  /// - Returns: Whether it was the last, and the file is whole.
  /// - Throws: `SystemError`; `DecodingFailure` if it is damaged.
  package mutating func add(_ record: UnsafeRawBufferPointer) throws -> Bool {
    // A record may be there twice, because it was written again after an error.
    guard let header = PartitionSnapshot.Header(record), header.snapshot == snapshot,
      header.index >= next
    else { return false }
    var input = UnsafeRawBufferPointer(rebasing: record[PartitionSnapshot.Header.byteCount...])
    sum.combine(input)
    guard header.index == next, header.sum == sum.value else { throw DecodingFailure() }
    next += 1
    var filled = 0
    repeat {
      try output.withUnsafeMutableBytes { output in
        var room = output
        try decoder.step(&input, &room, inputEnded: false)
        filled = output.count - room.count
      }
      byteCount += filled
      guard byteCount <= Self.fileBytesMax else {
        throw SystemError("write", path: path, code: EFBIG)
      }
      try file.writeAll(output.span.extracting(first: filled), path: path)
    } while !input.isEmpty || filled == output.count
    guard header.isLast else { return false }
    guard decoder.isComplete else { throw DecodingFailure() }
    return true
  }
}
