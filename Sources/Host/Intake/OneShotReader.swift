import Glibc
package import Records

/// Reads the given files once, in the given order, compressed or not, for replays; `-` is standard input.
package struct OneShotReader: ~Copyable {
  private let paths: [String]
  private let maxLineBytes: Int
  private let maxBytes: Int
  private var buffer: LineBuffer
  private var next = 0
  private var open: OpenLog?
  /// The outline of the open file, until its first chunk is returned.
  private var outline: FileOutline?
  /// The files that other threads read, by index in `paths`.
  private var ahead: [Int: ReadAhead] = [:]
  /// The first index for which it is not decided yet whether a thread reads ahead.
  private var nextAhead = 0
  private let readAheadLimit: Int
  /// The latest chunk, if another thread read it.
  private var taken: ReadAhead.Part?
  /// The bytes of the files finished before the open one.
  private var finishedByteCount: Int64 = 0
  /// The size of all files on disk; nil if standard input is among them.
  package let totalByteCount: Int64?
  /// The files that could not be read, or not completely; the others are read nevertheless.
  package private(set) var problems: [IntakeProblem] = []

  private struct OpenLog {
    let path: String
    var reader = FileLineReader()
    var content: FileContent
    var ahead: ReadAhead?
    /// Bytes that another thread has read; nil if none did.
    var inputByteCount: Int64?
  }

  /// - Parameter readAheadLimit: The most files that other threads read at the same time; nil chooses by the number of
  ///   processors.
  package init(
    paths: [String], maxLineBytes: Int = 65_536, maxChunkBytes: Int = 256 << 10,
    readAheadLimit: Int? = nil
  ) {
    self.readAheadLimit = readAheadLimit ?? ReadAhead.defaultLimit
    self.paths = paths
    self.maxLineBytes = maxLineBytes
    maxBytes = max(maxChunkBytes, maxLineBytes + 2)
    buffer = LineBuffer(forChunksOf: maxBytes)
    totalByteCount =
      paths.contains("-")
      ? nil : paths.reduce(0) { $0 + ((try? FileStatus(path: $1).size) ?? 0) }
  }

  /// Reads the start of one log, for detecting its format: only the first chunk is used.
  package init(sampleOf path: String, maxLineBytes: Int = 65_536) {
    self.init(paths: [path], maxLineBytes: maxLineBytes, maxChunkBytes: 256 << 10)
  }

  /// The bytes read so far, of the files on disk.
  package var byteCount: Int64 {
    guard let open else { return finishedByteCount }
    return finishedByteCount
      + (open.inputByteCount ?? open.content.stream?.inputByteCount ?? open.reader.end)
  }

  /// The lines of the latest chunk. Each ends with a newline, which is added to the last line of a file if it has none.
  package var lines: RawSpan {
    @_lifetime(borrow self) borrowing get { buffer.span }
  }

  /// - Returns: Nil after the last file.
  package mutating func advance() -> Chunk? {
    while openNext(), var current = open {
      if let ahead = current.ahead {
        if let part = ahead.next() { return take(part, of: current) }
        current.content = ahead.content ?? current.content
        current.ahead = nil
        current.inputByteCount = nil
        open = current
      }
      do throws(IntakeProblem) {
        if current.reader.end == 0 { outline = try current.content.outline(from: 0) }
        let outcome = try current.reader.advance(
          current.content, &buffer, maxLineBytes: maxLineBytes, maxBytes: maxBytes, isFinal: true)
        open = current
        if outcome.reachedEnd || outcome.wasTruncated { finish() }
        if outcome.tooLongLineCount > 0 || !buffer.lines.isEmpty {
          defer { outline = nil }
          return Chunk(
            path: current.path, byteCount: buffer.lines.count,
            tooLongLineCount: outcome.tooLongLineCount, outline: outline)
        }
      } catch {
        problems.append(error)
        finish()
      }
    }
    return nil
  }

  private mutating func take(_ part: ReadAhead.Part, of current: OpenLog) -> Chunk {
    var current = current
    current.reader = part.reader
    current.inputByteCount = part.inputByteCount
    open = current
    taken = part
    buffer.setLines(part.lead?.lines ?? [])
    return Chunk(
      path: current.path, byteCount: part.byteCount,
      tooLongLineCount: part.lead?.tooLongLineCount ?? 0, outline: part.lead?.outline,
      isParsed: part.lead == nil)
  }

  /// Parses the latest chunk, and lets other threads read the next files ahead.
  ///
  /// - Parameters:
  ///   - now: The current time, in seconds since the epoch.
  ///   - batch: The counts are added to it.
  package mutating func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch
  ) {
    if let part = taken, part.lead == nil {
      parser.merge(part.batch ?? RecordBatch(), part.memory, into: &batch)
    } else {
      parser.parse(buffer.span, of: chunk, now: now, into: &batch)
      if let part = taken, part.memory != parser.memory {
        open?.ahead = nil
        open?.inputByteCount = nil
      }
    }
    taken = nil
    readAhead(like: parser, now: now)
  }

  private mutating func readAhead(like parser: RecordParser, now: Int64) {
    nextAhead = max(nextAhead, next)
    while nextAhead < paths.count, ahead.count + (open?.ahead == nil ? 0 : 1) < readAheadLimit {
      let path = paths[nextAhead]
      if path != "-", let file = try? OpenFile(path: path),
        let size = try? file.status().size, size >= ReadAhead.minBytes,
        let magic = try? file.bytes(at: 0, count: 6)
      {
        ahead[nextAhead] = try? ReadAhead(
          file, compression: Compression(magic: magic), maxLineBytes: maxLineBytes,
          maxBytes: maxBytes, isFinal: true, like: parser, now: now)
      }
      nextAhead += 1
    }
  }

  private mutating func finish() {
    if let problem = open?.content.stream?.problem { problems.append(problem) }
    finishedByteCount = byteCount
    open = nil
  }

  /// - Returns: Whether a file is open; false after the last one.
  private mutating func openNext() -> Bool {
    while open == nil, next < paths.count {
      let path = paths[next]
      let ahead = ahead.removeValue(forKey: next)
      next += 1
      do throws(IntakeProblem) {
        let content = try Self.content(of: path)
        open = OpenLog(path: path, content: content, ahead: ahead)
      } catch {
        problems.append(error)
      }
    }
    return open != nil
  }

  private static func content(of path: String) throws(IntakeProblem) -> FileContent {
    if path == "-" {
      return .stream(try ByteStream(reading: STDIN_FILENO, name: "standard input"))
    }
    let file = try OpenFile(path: path)
    let isCompressed = Compression(magic: try file.bytes(at: 0, count: 6)) != nil
    return isCompressed ? .stream(try ByteStream(.file(file))) : .plain(file)
  }
}
