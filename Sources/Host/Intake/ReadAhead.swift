import Glibc
import Records

/// A file of a backlog that another thread reads and parses before its turn comes.
///
/// Lines of different files have little to say about each other, so years of rotated logs are read by as many threads
/// as there are processors, while everything after the reading sees one file after the other, as ever. What does flow
/// from file to file is settled when the file's turn comes:
///
/// - The watermark, which cuts counts into segments: `RecordParser.merge` cuts them anew.
/// - What the parser remembers: the time of the last line, by which a repeated hour is told from the first, and the
///   header of a file that has none of its own. The first lines of the file, its lead, are therefore handed over as
///   they are and parsed once more in their turn. If that leaves the parser with the memory that the thread's own had
///   after them, it would have made the same of all that follows; if not, the file is read as if there were no thread.
///
/// The thread reads what the loop would have, with a reader, a stream and a parser of its own, and stops where
/// anything unusual happens, so that only the loop deals with that. Where it has come to is handed over with the
/// counts, and both are stored together.
///
/// Memory is bounded: with so many counts handed over and not taken, the thread waits.
final class ReadAhead {
  /// What some chunks came to.
  struct Part {
    /// Where reading was after them.
    var reader: FileLineReader
    /// Of the lines, newlines included.
    var byteCount = 0
    /// Of the file, as it lies on disk, up to here.
    var inputByteCount: Int64 = 0
    /// Nil in the first part, which has lines to be parsed by the loop instead.
    var batch: RecordBatch?
    var lead: Lead?
    /// Of the thread's parser after them.
    var memory: RecordParser.Memory
  }

  /// The first chunk that holds something.
  struct Lead {
    var lines: [UInt8]
    var tooLongLineCount: Int
    var outline: FileOutline?
  }

  /// Of files read at the same time; none on a machine of one processor.
  static let defaultLimit: Int = {
    let count = usableProcessorCount()
    return count > 1 ? min(count, 4) + 1 : 0
  }()

  /// A smaller file is read before a thread is of use.
  static let minBytes: Int64 = 512 << 10

  /// Tallies of a part: enough to be worth a handover.
  private static let partTallies = 4_096
  /// Segments of a part. Each may close an hour, and the loop takes a part at once.
  private static let partSegments = 4
  /// Tallies that wait to be taken.
  private static let waitingTallies = 1 << 17

  private struct State {
    var parts: [Part] = []
    var tallyCount = 0
    var isEnded = false
    /// Behind the last part, once the thread has come to the end.
    var content: FileContent?
    var isCancelled = false
  }

  private let handover: Handover<State>
  /// Whether parts were asked for.
  private(set) var isBegun = false

  /// Where the last part ends, to be read on from; nil: the file is to be opened anew.
  var content: FileContent? { handover.change { $0.content } }

  /// - Parameters:
  ///   - file: Of which nothing was read yet.
  ///   - isFinal: Its last line counts even without a newline.
  ///   - parser: Of the source, whose settings are taken.
  ///   - now: The clock, in seconds since the epoch.
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

  /// Waits for the next part. At most one chunk has to be read for it.
  ///
  /// - Returns: Nil after the last; the file may go on.
  func next() -> Part? {
    isBegun = true
    return handover.wait { state -> Part?? in
      guard !state.parts.isEmpty else { return state.isEnded ? .some(nil) : nil }
      let part = state.parts.removeFirst()
      state.tallyCount -= part.batch?.tallyCount ?? 0
      return part
    }
  }

  /// What the thread does.
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
        // The loop will come to the same place, and say what is wrong there.
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

    /// Gives the part away if it is large enough, or if a reader waits for it.
    ///
    /// - Returns: False if no more is wanted.
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
