import Glibc
import Records

/// Given files read once, in the given order, compressed or not; `-` is standard input. For replay.
package struct OneShotReader: ~Copyable {
  private let paths: [String]
  private let maxLineBytes: Int
  private let maxBytes: Int
  private var buffer: LineBuffer
  private var next = 0
  private var open: (reader: FileLineReader, content: FileContent, path: String)?
  /// Of the file that is open, until its first chunk is given.
  private var outline: FileOutline?
  /// Of the files finished before this one.
  private var finishedByteCount: Int64 = 0
  /// Bytes of all files as they lie on disk; nil where standard input is among them.
  package let totalByteCount: Int64?
  /// Files that could not be read, or not to their end. The others are read all the same.
  package private(set) var problems: [IntakeProblem] = []

  package init(paths: [String], maxLineBytes: Int = 65_536, maxChunkBytes: Int = 256 << 10) {
    self.paths = paths
    self.maxLineBytes = maxLineBytes
    maxBytes = max(maxChunkBytes, maxLineBytes + 2)
    buffer = LineBuffer(capacity: Fingerprint.recentLength + maxBytes + 1)
    totalByteCount =
      paths.contains("-")
      ? nil : paths.reduce(0) { $0 + ((try? FileStatus(path: $1).size) ?? 0) }
  }

  /// Bytes taken so far, as they lie on disk.
  package var byteCount: Int64 {
    guard let open else { return finishedByteCount }
    return finishedByteCount + (open.content.stream?.inputByteCount ?? open.reader.end)
  }

  /// The lines of the latest chunk; each ends with a newline, also the last of a file that ends without.
  package var lines: RawSpan {
    @_lifetime(borrow self) borrowing get { buffer.span }
  }

  /// - Returns: Nil after the last file.
  package mutating func advance() -> Chunk? {
    while openNext(), var current = open {
      do throws(IntakeProblem) {
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

  private mutating func finish() {
    if let problem = open?.content.stream?.problem { problems.append(problem) }
    finishedByteCount = byteCount
    open = nil
  }

  /// - Returns: Whether a file is open; otherwise there are no more.
  private mutating func openNext() -> Bool {
    while open == nil, next < paths.count {
      let path = paths[next]
      next += 1
      do throws(IntakeProblem) {
        let content = try Self.content(of: path)
        outline = try content.outline(from: 0)
        open = (FileLineReader(), content, path)
      } catch {
        problems.append(error)
      }
    }
    return open != nil
  }

  private static func content(of path: String) throws(IntakeProblem) -> FileContent {
    if path == "-" {
      return .stream(try ByteStream(.descriptor(STDIN_FILENO, name: "standard input")))
    }
    let file = try OpenFile(path: path)
    let isCompressed = Compression(magic: try file.bytes(at: 0, count: 6)) != nil
    return isCompressed ? .stream(try ByteStream(.file(file))) : .plain(file)
  }
}
