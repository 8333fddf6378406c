internal import Glibc
internal import Records

/// Receives syslog datagrams on a Unix socket. Each is a line: its message, without the syslog header.
package final class SyslogSocket: BufferedSource {
  /// The path of the socket, and how datagrams become lines.
  package struct Place: SourceOrigin, Equatable {
    package var path: String
    /// Its file mode, which determines who may write to it.
    package var mode: UInt32
    /// Whether the syslog header is kept, as part of the line.
    package var keepsHeader: Bool

    package init(path: String, mode: UInt32, keepsHeader: Bool) {
      self.path = path
      self.mode = mode
      self.keepsHeader = keepsHeader
    }

    package func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
      SyslogSocket(source: source, place: self)
    }

    package var exclusiveInput: String? { path }
    package var obstacle: IntakeProblem? { SyslogSocket.obstacle(to: path) }
  }

  private var source: SourceDescription
  private var place: Place
  private var socket: Descriptor?
  /// The identity of the socket's path on disk.
  private var key: FileKey?
  private var mayHaveMore = false
  private var hasReportedEnd = false
  private var problem: IntakeProblem?
  package private(set) var deadlineSeconds: Double?
  package private(set) var lines: [UInt8] = []
  private var datagram: [UInt8] = []
  private var wakeups: (wakeups: Wakeups, number: Int)?

  /// Space for the syslog header.
  private static let headerBytesMax = 1_024
  private static let chunkBytesMax = 256 << 10
  private static let chunkDatagramsMax = 4_096
  private static let retrySeconds = 10.0

  init(source: SourceDescription, place: Place) {
    self.source = source
    self.place = place
  }

  deinit {
    // Unless another program has replaced the socket.
    if let key, (try? Self.key(of: place.path)) == key { unlink(place.path) }
  }

  package func reconfigure(_ source: SourceDescription) -> Bool {
    guard let place = source.origin as? Place, place.path == self.place.path, !isGone else {
      return false
    }
    self.source = source
    self.place = place
    if isOpen { setMode() }
    return true
  }

  package var isReady: Bool { mayHaveMore || !hasReportedEnd }

  package func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {
    self.wakeups?.wakeups.remove(descriptor)
    self.wakeups = (wakeups, number)
    hasReportedEnd = false
    if isOpen { wait() } else { open(nowSeconds) }
  }

  /// Whether its path was removed or replaced.
  private var isGone: Bool { key != nil && (try? Self.key(of: place.path)) != key }
  private var isOpen: Bool { descriptor >= 0 }
  private var descriptor: Int32 { socket?.number ?? -1 }

  private func wait() {
    guard let (wakeups, number) = wakeups else { return }
    _ = wakeups.add(descriptor, as: number)
    mayHaveMore = true
    datagram = [UInt8](repeating: 0, count: source.maxLineBytes + Self.headerBytesMax)
  }

  // MARK: Opening

  private func open(_ nowSeconds: Double) {
    deadlineSeconds = nil
    do throws(IntakeProblem) {
      socket = try bind()
      problem = nil
      setMode()
      wait()
    } catch {
      problem = error
      deadlineSeconds = nowSeconds + Self.retrySeconds
    }
  }

  private func bind() throws(IntakeProblem) -> Descriptor {
    try Self.removeStale(place.path)
    let socket = try Self.makeSocket(place.path)
    guard LocalSocket.withAddress(place.path, { Glibc.bind(socket.number, $0, $1) }) == 0 else {
      throw .systemCall(path: place.path, errno: errno)
    }
    key = try Self.key(of: place.path)
    return socket
  }

  private func setMode() {
    if chmod(place.path, place.mode) != 0 { problem = .systemCall(path: place.path, errno: errno) }
  }

  /// What would prevent the socket from being opened; nil if nothing does.
  package static func obstacle(to path: String) -> IntakeProblem? {
    var status = stat()
    if lstat(path, &status) == 0 {
      return status.st_mode & S_IFMT == S_IFSOCK ? nil : .notSocket(path: path)
    }
    let folder = PathPattern.split(path).directory
    return access(folder, W_OK | X_OK) == 0 ? nil : .systemCall(path: folder, errno: errno)
  }

  /// Removes the socket of a process that was killed, and nothing else.
  private static func removeStale(_ path: String) throws(IntakeProblem) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notSocket(path: path) }
    let probe = try makeSocket(path)
    if LocalSocket.withAddress(path, { connect(probe.number, $0, $1) }) == 0 {
      throw .socketInUse(path: path)
    }
    guard errno == ECONNREFUSED, unlink(path) == 0 || errno == ENOENT else {
      throw .systemCall(path: path, errno: errno)
    }
  }

  private static func makeSocket(_ path: String) throws(IntakeProblem) -> Descriptor {
    do throws(SystemError) {
      return try LocalSocket.make()
    } catch {
      throw .systemCall(path: path, errno: error.code)
    }
  }

  private static func key(of path: String) throws(IntakeProblem) -> FileKey {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .systemCall(path: path, errno: errno) }
    return FileKey(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  package func refresh(isAwake: Bool, nowSeconds: Double) {
    if isAwake { mayHaveMore = true }
    if let due = deadlineSeconds, due <= nowSeconds, !isOpen { open(nowSeconds) }
  }

  // MARK: Reading

  package func advance() -> Chunk? {
    lines.removeAll(keepingCapacity: true)
    var chunk = Chunk(path: place.path, byteCount: 0, tooLongLineCount: 0)
    var count = 0
    while mayHaveMore, count < Self.chunkDatagramsMax, lines.count < Self.chunkBytesMax {
      guard let length = receive() else {
        mayHaveMore = false
        break
      }
      count += 1
      if length > datagram.count {
        chunk.tooLongLineCount += 1
      } else if length > 0 {
        appendLine(length)
      }
    }
    hasReportedEnd = count == 0
    if count == 0 { return nil }
    chunk.byteCount = lines.count
    return chunk
  }

  /// - Returns: The length of the next datagram, even if it was truncated; nil if there is none.
  private func receive() -> Int? {
    guard isOpen else { return nil }
    let length = datagram.withUnsafeMutableBytes { buffer in
      retryingInterrupted {
        recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC))
      }
    }
    if length < 0, errno != EAGAIN { problem = .systemCall(path: place.path, errno: errno) }
    return length < 0 ? nil : length
  }

  private func appendLine(_ length: Int) {
    let ends: [UInt8] = [0, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    let end = datagram[..<length].lastIndex { !ends.contains($0) }.map { $0 + 1 } ?? 0
    let start =
      place.keepsHeader ? 0 : SyslogHeader.end(in: datagram.span.bytes.extracting(0..<end))
    for byte in datagram[start..<end] {
      lines.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
    }
    lines.append(UInt8(ascii: "\n"))
  }

  package func status() -> SourceStatus {
    var problems = [problem].compactMap { $0 }
    if isGone { problems.append(.socketGone(path: place.path)) }
    return SourceStatus(
      name: source.name, isDrained: !isReady, lagBytes: 0, fileCount: isOpen ? 1 : 0,
      path: place.path, problems: problems)
  }
}
