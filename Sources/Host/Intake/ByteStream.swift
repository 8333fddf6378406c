import Glibc

/// The uncompressed bytes of a compressed file or a pipe, front to back, a buffer at a time.
///
/// Memory is bounded by the input buffer and the library's window, whatever the bytes claim to hold.
package final class ByteStream {
  enum Input {
    case file(OpenFile)
    /// Read with `read(2)`: a pipe, a terminal, standard input. Not closed by us.
    case descriptor(CInt, name: String)

    var name: String {
      switch self {
      case .file(let file): file.path
      case .descriptor(_, let name): name
      }
    }
  }

  private static let inputCapacity = 256 << 10

  private let input: Input
  private let decoder: (any Decoder)?
  private let memory = UnsafeMutableRawBufferPointer.allocate(
    byteCount: ByteStream.inputCapacity, alignment: 64)
  private var pending: UnsafeRawBufferPointer
  private var inputEnded = false
  /// Bytes that were put back after they were read (the unfinished line at the end); read again first.
  private var returned: [UInt8] = []

  /// The number of uncompressed bytes read and not put back.
  private(set) var position: Int64
  /// The number of bytes read from the file, before decompression.
  private(set) var inputByteCount: Int64
  /// Set when the bytes end early or are corrupt; the bytes returned before are valid.
  private(set) var problem: IntakeProblem?

  /// The end of one member of a compressed file.
  struct MemberEnd {
    /// The offset in the compressed file.
    var input: Int64
    /// The offset in the uncompressed bytes.
    var output: Int64
  }

  /// The end of what was read, if a member ends exactly there; else nil.
  var end: MemberEnd? {
    guard let decoder, problem == nil, decoder.isComplete, !decoder.isFinished, returned.isEmpty
    else { return nil }
    return MemberEnd(input: inputByteCount - Int64(pending.count), output: position)
  }

  /// - Parameters:
  ///   - compression: Nil detects the format by the first bytes; unknown bytes count as uncompressed.
  ///   - start: Where reading starts; nil for the start of the file.
  init(
    _ input: Input, compression: Compression? = nil, from start: MemberEnd? = nil
  ) throws(IntakeProblem) {
    self.input = input
    inputByteCount = start?.input ?? 0
    position = start?.output ?? 0
    pending = UnsafeRawBufferPointer(rebasing: memory[..<0])
    if let compression {
      decoder = compression.makeDecoder()
    } else {
      let count = try Self.refill(memory, from: input, at: 0, atLeast: 6)
      pending = UnsafeRawBufferPointer(rebasing: memory[..<count])
      inputByteCount = Int64(count)
      inputEnded = count < 6
      decoder = Compression(magic: pending)?.makeDecoder()
    }
  }

  /// - Parameters:
  ///   - descriptor: Read to its end with `read(2)`, compressed or not; it stays open.
  ///   - name: The name shown in problems.
  package convenience init(reading descriptor: CInt, name: String) throws(IntakeProblem) {
    try self.init(.descriptor(descriptor, name: name))
  }

  deinit { memory.deallocate() }

  /// - Returns: Bytes put into `target`; fewer than fit only at the end, or where `problem` begins.
  /// - Throws: If the file cannot be read just now; no bytes are lost.
  package func read(into target: UnsafeMutableRawBufferPointer) throws(IntakeProblem) -> Int {
    var rest = target
    let kept = min(returned.count, rest.count)
    if kept > 0 {
      returned.withUnsafeBytes {
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<kept]))
      }
      returned.removeFirst(kept)
      rest = UnsafeMutableRawBufferPointer(rebasing: rest[kept...])
    }
    while !rest.isEmpty, problem == nil {
      if pending.isEmpty, !inputEnded {
        do throws(IntakeProblem) {
          try refill()
        } catch {
          // Decoded bytes cannot be decoded again, so they are put back for the next attempt.
          returned.insert(contentsOf: target[..<(target.count - rest.count)], at: 0)
          throw error
        }
      }
      guard let decoder else {
        let count = min(pending.count, rest.count)
        if count == 0 { break }
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: pending[..<count]))
        pending = UnsafeRawBufferPointer(rebasing: pending[count...])
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
        continue
      }
      if !decode(decoder, into: &rest) { break }
    }
    let count = target.count - rest.count
    position += Int64(count)
    return count
  }

  /// The first bytes of the file, whatever has been read; empty for a pipe, which cannot be read again.
  func beginning(count: Int) throws(IntakeProblem) -> [UInt8] {
    guard case .file(let file) = input else { return [] }
    return try ByteStream(.file(file)).next(count: count)
  }

  /// The file; nil for a pipe.
  var file: OpenFile? {
    if case .file(let file) = input { file } else { nil }
  }

  /// When the file was last written, in seconds since the epoch; nil for a pipe.
  func lastWrittenSeconds() throws(IntakeProblem) -> Int64? {
    guard case .file(let file) = input else { return nil }
    return try file.status().modifiedSeconds
  }

  func next(count: Int) throws(IntakeProblem) -> [UInt8] {
    var failure: IntakeProblem?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      do throws(IntakeProblem) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(target))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// Puts the last bytes that were read back, to be read again.
  func putBack(_ bytes: UnsafeRawBufferPointer) {
    returned.insert(contentsOf: bytes, at: 0)
    position -= Int64(bytes.count)
  }

  /// - Returns: Whether there may be more.
  private func decode(_ decoder: any Decoder, into rest: inout UnsafeMutableRawBufferPointer)
    -> Bool
  {
    let before = (pending.count, rest.count)
    do throws(DecodingFailure) {
      try decoder.step(&pending, &rest, inputEnded: inputEnded)
    } catch {
      problem = .corrupt(path: input.name)
      return false
    }
    if decoder.isFinished { return false }
    if before != (pending.count, rest.count) { return true }
    if pending.isEmpty, !inputEnded { return true }
    // The decoder consumed and produced nothing: the end of the data.
    if !pending.isEmpty {
      problem = .corrupt(path: input.name)
    } else if !decoder.isComplete {
      problem = .endsEarly(path: input.name)
    }
    return false
  }

  private func refill() throws(IntakeProblem) {
    let count = try Self.refill(memory, from: input, at: inputByteCount, atLeast: 1)
    pending = UnsafeRawBufferPointer(rebasing: memory[..<count])
    inputByteCount += Int64(count)
    inputEnded = count == 0
  }

  private static func refill(
    _ memory: UnsafeMutableRawBufferPointer, from input: Input, at offset: Int64, atLeast: Int
  ) throws(IntakeProblem) -> Int {
    switch input {
    case .file(let file): return try file.read(into: memory, at: offset)
    case .descriptor(let descriptor, let name):
      var count = 0
      while count < atLeast {
        let got = Glibc.read(descriptor, memory.baseAddress! + count, memory.count - count)
        if got == 0 { break }
        if got < 0 {
          if errno == EINTR { continue }
          throw .systemCall(path: name, errno: errno)
        }
        count += got
      }
      return count
    }
  }
}
