internal import Glibc
internal import Records

/// The lines of standard input. It has no position to resume from, so none is stored.
package final class StandardInput: BufferedSource {
  /// The `-` of `files`.
  package struct Origin: SourceOrigin {
    package init() {}

    package func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
      StandardInput(source: source)
    }

    package var exclusiveInput: String? { "-" }
  }

  private var source: SourceDescription
  package private(set) var lines: [UInt8] = []
  /// The start of a line whose end has not been read.
  private var unfinished: [UInt8] = []
  private var isSkipping = false
  private var mayHaveMore = true
  private var hasEnded = false
  private var hasReportedEnd = false
  private var problem: IntakeProblem?
  private var quietSinceSeconds = 0.0
  private var nowSeconds = 0.0
  private var wakeups: Wakeups?
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  /// After this time without input, a pipe counts as having no more for now.
  static let quietSeconds = 2.0

  init(source: SourceDescription) {
    self.source = source
  }

  package func reconfigure(_ source: SourceDescription) -> Bool {
    guard source.origin is Origin else { return false }
    self.source = source
    return true
  }

  /// A short pause of the writer does not count as the end: hours must not close by the clock while an old log is being
  /// piped in.
  package var isReady: Bool {
    mayHaveMore
      || !hasReportedEnd && (hasEnded || nowSeconds >= quietSinceSeconds + Self.quietSeconds)
  }

  package var deadlineSeconds: Double? {
    mayHaveMore || hasEnded || hasReportedEnd ? nil : quietSinceSeconds + Self.quietSeconds
  }

  package func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {
    self.wakeups?.remove(STDIN_FILENO)
    self.wakeups = wakeups
    _ = wakeups.add(STDIN_FILENO, as: number)
    hasReportedEnd = false
    mayHaveMore = !hasEnded
    self.nowSeconds = nowSeconds
    quietSinceSeconds = nowSeconds
  }

  package func refresh(isAwake: Bool, nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    guard isAwake, !hasEnded else { return }
    mayHaveMore = true
    quietSinceSeconds = nowSeconds
  }

  package func advance() -> Chunk? {
    lines.removeAll(keepingCapacity: true)
    var chunk = Chunk(path: "-", byteCount: 0, tooLongLineCount: 0)
    guard mayHaveMore else {
      hasReportedEnd = true
      return nil
    }
    hasReportedEnd = false
    read(&chunk)
    chunk.byteCount = lines.count
    return chunk
  }

  /// Reads once, if that does not block.
  private func read(_ chunk: inout Chunk) {
    var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, 0) > 0 else {
      mayHaveMore = false
      return
    }
    let count = retryingInterrupted { Glibc.read(STDIN_FILENO, &buffer, buffer.count) }
    if count > 0 { return take(buffer[..<count], &chunk) }
    mayHaveMore = false
    guard count == 0 || errno != EAGAIN else { return }
    if count < 0 { problem = .systemCall(path: "standard input", errno: errno) }
    hasEnded = true
    // The last line counts even without a line break.
    if isSkipping { chunk.tooLongLineCount += 1 }
    if !unfinished.isEmpty { lines += unfinished + [UInt8(ascii: "\n")] }
    unfinished = []
  }

  private func take(_ bytes: ArraySlice<UInt8>, _ chunk: inout Chunk) {
    guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return keep(bytes) }
    var rest = bytes
    if isSkipping, let first = bytes.firstIndex(of: UInt8(ascii: "\n")) {
      rest = bytes[(first + 1)...]
      chunk.tooLongLineCount += 1
      isSkipping = false
    }
    if rest.startIndex <= last {
      lines = unfinished + rest[...last]
      unfinished = []
    }
    keep(bytes[(last + 1)...])
  }

  /// Keeps the start of a line; drops it once the line is too long, so that memory is bounded.
  private func keep(_ bytes: ArraySlice<UInt8>) {
    guard !isSkipping else { return }
    unfinished += bytes
    // A line of exactly the limit that ends in CR LF has one byte more.
    guard unfinished.count > source.maxLineBytes + 1 else { return }
    isSkipping = true
    unfinished = []
  }

  package func status() -> SourceStatus {
    SourceStatus(
      name: source.name, isDrained: hasEnded, lagBytes: 0, fileCount: hasEnded ? 0 : 1,
      path: "standard input", problems: [problem].compactMap { $0 })
  }
}
