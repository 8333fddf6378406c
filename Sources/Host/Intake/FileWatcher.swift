import Glibc

/// Watches files and directories with inotify: its descriptor becomes readable when a file grows or a name in a
/// directory changes, so that nothing is polled.
///
/// If a kernel limit prevents this, `problem` says so, and the caller scans the files periodically.
final class FileWatcher {
  /// Watches one file or directory while it exists.
  final class Watch {
    fileprivate let id: CInt
    private let signal: Signal
    private let watcher: FileWatcher
    private var seenCount: Int

    fileprivate init(_ id: CInt, _ signal: Signal, _ watcher: FileWatcher) {
      self.id = id
      self.signal = signal
      self.watcher = watcher
      seenCount = signal.count
    }

    deinit { watcher.release(id) }

    /// Whether something happened since the last call.
    func takeSignal() -> Bool {
      defer { seenCount = signal.count }
      return seenCount != signal.count
    }

    func isOf(_ id: CInt) -> Bool { self.id == id }

    func isSame(as other: Watch) -> Bool { signal === other.signal }
  }

  /// Counts the events of one inode, which several watches may share.
  fileprivate final class Signal {
    var count = 0
    var watchCount = 0
    let isDirectory: Bool

    init(isDirectory: Bool) { self.isDirectory = isDirectory }
  }

  /// Changes in directories; changes of files are reported by their own watches.
  struct Events {
    /// The name is nil if the directory itself has changed.
    var directories: [(watch: CInt, name: String?)] = []
    /// The kernel dropped events, so any file may have changed.
    var overflowed = false
  }

  /// Readable when there are events; −1 if inotify is not available.
  let descriptor: CInt
  private(set) var problem: IntakeProblem?
  private var signals: [CInt: Signal] = [:]
  private let maxWatches: Int
  private var events = Events()
  private var changeCount = 0
  private static let pauseMicroseconds: UInt32 = 100_000
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)

  /// - Parameter maxWatches: A limit below the user's, so that other programs get watches too.
  init(maxWatches: Int) {
    self.maxWatches = maxWatches
    descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
    if descriptor < 0 { problem = .watchingFailed(errno: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    buffer.deallocate()
  }

  /// Clears the problem, so that watching is tried again.
  func retry() { if descriptor >= 0 { problem = nil } }

  func watch(_ file: OpenFile) -> Watch? {
    // By descriptor, because the name may lead to another file by now.
    let mask = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF
    return add("/proc/self/fd/\(file.descriptor)", UInt32(mask), isDirectory: false)
  }

  func watchDirectory(_ path: String) -> Watch? {
    let mask =
      IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF
      | IN_MOVE_SELF | IN_ONLYDIR
    return add(path, UInt32(mask), isDirectory: true)
  }

  private func add(_ path: String, _ mask: UInt32, isDirectory: Bool) -> Watch? {
    guard descriptor >= 0 else { return nil }
    let id = path.withFileSystemPath { inotify_add_watch(descriptor, $0, mask) }
    guard id >= 0 else {
      let code = errno
      switch code {
      case ENOSPC, ENOMEM: problem = .watchesExhausted
      // The directory cannot be listed either, and listing it reports the problem.
      case EACCES where isDirectory && !Self.isReadable(path): break
      case _ where isDirectory && IntakeProblem.isAbsence(code): break
      // It may succeed later; until then the caller must scan periodically.
      default: problem = .watchingFailed(errno: code)
      }
      return nil
    }
    if signals[id] == nil, signals.count >= maxWatches {
      inotify_rm_watch(descriptor, id)
      problem = .watchesExhausted
      return nil
    }
    let signal = signals[id] ?? Signal(isDirectory: isDirectory)
    signals[id] = signal
    signal.watchCount += 1
    return Watch(id, signal, self)
  }

  private static func isReadable(_ path: String) -> Bool {
    path.withFileSystemPath { access($0, R_OK) } == 0
  }

  private func release(_ id: CInt) {
    guard let signal = signals[id] else { return }
    signal.watchCount -= 1
    if signal.watchCount > 0 { return }
    signals[id] = nil
    inotify_rm_watch(descriptor, id)
  }

  /// Returns the events since the last call, without waiting.
  func takeEvents() -> Events {
    collect()
    defer { events = Events() }
    return events
  }

  /// Grows with each changed name in a watched directory. If it is the same before and after a directory was listed,
  /// the listing is consistent.
  func directoryChangeCount() -> Int {
    collect()
    return changeCount
  }

  /// The names that have changed since a `directoryChangeCount` and that `takeEvents` has not returned yet; nil stands
  /// for a directory itself, or for dropped events.
  func directoryChanges(since count: Int) -> [String?] {
    let newCount = directoryChangeCount() - count
    return events.overflowed ? [nil] : events.directories.suffix(newCount).map(\.name)
  }

  private func collect() {
    guard descriptor >= 0 else { return }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno != EAGAIN {
        // The events can still be read later; until then the caller must scan periodically. The descriptor stays
        // readable, so without a pause the loop would call again at once.
        problem = .watchingFailed(errno: errno)
        usleep(Self.pauseMicroseconds)
      }
      if count <= 0 { return }
      parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) {
    let headerSize = MemoryLayout<inotify_event>.size
    var at = 0
    while at + headerSize <= bytes.count {
      let header = bytes.loadUnaligned(fromByteOffset: at, as: inotify_event.self)
      let name = bytes[(at + headerSize)..<(at + headerSize + Int(header.len))].prefix { $0 != 0 }
      at += headerSize + Int(header.len)
      if header.mask & UInt32(IN_Q_OVERFLOW) != 0 {
        events.overflowed = true
        changeCount += 1
      }
      guard let signal = signals[header.wd] else { continue }
      signal.count += 1
      if signal.isDirectory {
        let name = name.isEmpty ? nil : String(fileSystemBytes: name)
        events.directories.append((header.wd, name))
        changeCount += 1
      }
      // The kernel has removed the watch and may reuse its number.
      if header.mask & UInt32(IN_IGNORED) != 0 { signals[header.wd] = nil }
    }
  }
}
