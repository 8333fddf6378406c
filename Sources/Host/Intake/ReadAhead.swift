import Glibc
import Records

/// Reads and parses a file of a backlog on another thread, before the loop reaches the file.
///
/// Files are nearly independent of each other, so years of rotated logs are parsed by as many threads as there are
/// processors, while the loop still receives one file after the other. What does depend on the previous file is
/// resolved when the loop reaches the file:
///
/// - The watermark, which splits counts into segments: `RecordParser.merge` splits them again.
/// - The parser's memory: the time of the last line, which distinguishes the first from the repeated hour when clocks
///   are set back, and the header for files that have none. The first lines of the file (its lead) are therefore handed
///   over unparsed as well, and the loop parses them. If its parser then has the same memory as the thread's parser had
///   after them, all later results are valid; if not, the loop reads the file itself.
///
/// The thread has its own reader, stream and parser, reads the same bytes as the loop would, and stops at anything
/// unusual, so that only the loop handles that. Its position is handed over with the counts, and both are stored
/// together.
///
/// Memory is bounded: the thread waits while too many results have not been taken.
final class ReadAhead {
  /// The result of some chunks.
  struct Part {
    /// The position after them.
    var reader: FileLineReader
    /// The size of the lines, newlines included.
    var byteCount = 0
    /// The bytes of the file on disk that were read up to here.
    var inputByteCount: Int64 = 0
    /// Nil in the first part, whose lines the loop parses.
    var batch: RecordBatch?
    var lead: Lead?
    /// The memory of the thread's parser after them.
    var memory: RecordParser.Memory
  }

  /// The first chunk that is not empty.
  struct Lead {
    var lines: [UInt8]
    var tooLongLineCount: Int
    var outline: FileOutline?
  }

  /// The most files read at the same time; none on a machine with one processor.
  static let defaultLimit: Int = {
    let count = usableProcessorCount()
    return count > 1 ? min(count, 4) + 1 : 0
  }()

  /// For a smaller file a thread does not pay off.
  static let minBytes: Int64 = 512 << 10

  /// The least number of tallies that make a handover worthwhile.
  private static let partTallies = 4_096
  /// The number of segments after which a part is handed over: each may close an hour, and the loop handles a part in
  /// one step.
  private static let partSegments = 4
  /// The most tallies that wait to be taken.
  private static let waitingTallies = 1 << 17

  private struct State {
    var parts: [Part] = []
    var tallyCount = 0
    var isEnded = false
    /// The content positioned after the last part, once the thread has reached the end.
    var content: FileContent?
    var isCancelled = false
  }

  private let handover: Handover<State>
  /// Whether `next` has been called.
  private(set) var hasStarted = false

  /// The content positioned after the last part, for the loop to continue with; nil if the file must be opened again.
  var content: FileContent? { handover.change { $0.content } }

  /// - Parameters:
  ///   - file: A file of which nothing has been read.
  ///   - isFinal: Whether its last line counts even without a newline.
  ///   - parser: The source's parser, whose settings are copied.
  ///   - now: The current time, in seconds since the epoch.
  init(
    _ file: OpenFile, compression: Compression?, maxLineBytes: Int, maxBytes: Int, isFinal: Bool,
    like parser: RecordParser, now: Int64
  ) throws {
    let content: FileContent =
      if let compression {
        .stream(try ByteStream(.file(file), compression: compression))
      } else {
        .plain(file)
      }
    handover = Handover(State())
    let work = Work(
      content: content, parser: try parser.unread(), maxLineBytes: maxLineBytes,
      maxBytes: maxBytes, isFinal: isFinal, now: now, handover: handover)
    try startThread { work.run() }
  }

  deinit { handover.change { $0.isCancelled = true } }

  /// Waits for the next part, at most as long as reading one chunk takes.
  ///
  /// - Returns: Nil after the last part; the file may have more.
  func next() -> Part? {
    hasStarted = true
    return handover.wait { state -> Part?? in
      guard !state.parts.isEmpty else { return state.isEnded ? .some(nil) : nil }
      let part = state.parts.removeFirst()
      state.tallyCount -= part.batch?.tallyCount ?? 0
      return part
    }
  }

  /// The work of the thread.
  private struct Work {
    let content: FileContent
    let parser: RecordParser
    let maxLineBytes: Int
    let maxBytes: Int
    let isFinal: Bool
    let now: Int64
    let handover: Handover<State>

    func run() {
      var part = Part(reader: FileLineReader(), memory: parser.memory)
      do throws(IntakeProblem) {
        try read(&part)
      } catch {
        // The loop will meet the same error, and report it.
      }
      handover.change { $0.isEnded = true }
    }

    private func read(_ part: inout Part) throws(IntakeProblem) {
      var parser = parser
      var buffer = LineBuffer(forChunksOf: maxBytes)
      var hasLead = false
      let outline = parser.needsOutlines ? try content.outline(from: 0) : nil
      if let outline { parser.beginFile(outline) }
      while true {
        let outcome = try part.reader.advance(
          content, &buffer, maxLineBytes: maxLineBytes, maxBytes: maxBytes, isFinal: isFinal)
        if outcome.wasTruncated { return }
        let chunk = Chunk(
          path: "", byteCount: buffer.lines.count, tooLongLineCount: outcome.tooLongLineCount)
        var batch = part.batch.take() ?? RecordBatch()
        parser.parse(buffer.span, of: chunk, now: now, into: &batch)
        part.byteCount += chunk.byteCount
        part.inputByteCount = content.stream?.inputByteCount ?? part.reader.end
        part.memory = parser.memory
        if hasLead {
          part.batch = batch
        } else if chunk.byteCount > 0 || chunk.tooLongLineCount > 0 {
          hasLead = true
          part.lead = Lead(
            lines: Array(buffer.bytes(buffer.lines)), tooLongLineCount: chunk.tooLongLineCount,
            outline: outline)
        }
        if hasLead, !handOver(&part, isLast: outcome.reachedEnd) { return }
        if outcome.reachedEnd {
          handover.change { $0.content = content }
          return
        }
      }
    }

    /// Hands the part over if it is large enough, or if the loop has no part to take.
    ///
    /// - Returns: False if reading ahead was cancelled.
    private func handOver(_ part: inout Part, isLast: Bool) -> Bool {
      let tallyCount = part.batch?.tallyCount ?? 0
      let isLarge =
        isLast || part.lead != nil || tallyCount >= ReadAhead.partTallies
        || part.batch?.segments.count ?? 0 >= ReadAhead.partSegments
      let given = part
      let isGiven = handover.wait { state -> Bool? in
        if state.isCancelled { return true }
        guard isLarge || state.parts.isEmpty else { return false }
        if state.tallyCount >= ReadAhead.waitingTallies { return nil }
        state.parts.append(given)
        state.tallyCount += tallyCount
        return true
      }
      guard isGiven else { return true }
      part = Part(reader: part.reader, memory: part.memory)
      return !handover.change { $0.isCancelled }
    }
  }
}

extension RecordBatch {
  /// Tallies in all its segments.
  fileprivate var tallyCount: Int { segments.reduce(0) { $0 + $1.tallies.count } }
}
