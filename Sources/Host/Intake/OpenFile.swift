internal import CLinux
import Glibc

/// Identifies a file by device and inode, because its name may lead to another file later.
struct FileKey: Hashable, Sendable {
  var device: UInt64
  var inode: UInt64
}

/// The result of `statx` for a regular file.
struct FileStatus {
  var key: FileKey
  var size: Int64 = 0
  var modifiedSeconds: Int64 = 0
  var modifiedNanoseconds: Int64 = 0
  var linkCount = 1
  /// When the file was created, in nanoseconds since the epoch; nil if the file system does not record it.
  private var bornNanoseconds: Int64?

  init(key: FileKey) { self.key = key }

  private init(_ raw: statx) {
    let device = gnu_dev_makedev(raw.stx_dev_major, raw.stx_dev_minor)
    key = FileKey(device: UInt64(device), inode: raw.stx_ino)
    size = Int64(bitPattern: raw.stx_size)
    modifiedSeconds = raw.stx_mtime.tv_sec
    modifiedNanoseconds = Int64(raw.stx_mtime.tv_nsec)
    linkCount = Int(raw.stx_nlink)
    if raw.stx_mask & UInt32(STATX_BTIME) != 0 {
      bornNanoseconds = raw.stx_btime.tv_sec &* 1_000_000_000 &+ Int64(raw.stx_btime.tv_nsec)
    }
  }

  /// Whether this is a new file that reused the other's inode: it was created at another time, or it is shorter, as a
  /// file that is being written is.
  func isSuccessor(of other: FileStatus) -> Bool {
    if let bornNanoseconds, let before = other.bornNanoseconds, bornNanoseconds != before {
      return true
    }
    return size < other.size
  }

  /// Whether size and modification time are the same, so that the file was probably not written in between.
  func looksLike(_ other: FileStatus) -> Bool {
    size == other.size && modifiedSeconds == other.modifiedSeconds
      && modifiedNanoseconds == other.modifiedNanoseconds
  }

  /// Follows symbolic links.
  init(path: String) throws(IntakeProblem) {
    try self.init(path: path, name: path, in: AT_FDCWD, flags: 0)
  }

  /// - Parameter path: The path shown in errors.
  init(of descriptor: Int32, path: String) throws(IntakeProblem) {
    try self.init(path: path, name: "", in: descriptor, flags: AT_EMPTY_PATH)
  }

  private init(path: String, name: String, in directory: Int32, flags: Int32)
    throws(IntakeProblem)
  {
    var raw = statx()
    let mask = UInt32(STATX_BASIC_STATS) | UInt32(STATX_BTIME)
    guard name.withFileSystemPath({ statx(directory, $0, flags, mask, &raw) }) == 0 else {
      throw .systemCall(path: path, errno: errno)
    }
    guard mode_t(raw.stx_mode) & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
    self.init(raw)
  }
}

/// A regular file opened for reading, closed with its last reference.
///
/// While it is open the kernel does not reuse its inode, so a file is kept open until it has been read completely.
final class OpenFile {
  let descriptor: Int32
  let path: String
  let key: FileKey

  init(path: String) throws(IntakeProblem) {
    // O_NONBLOCK, because opening a FIFO in the log's place must not block.
    descriptor = path.withFileSystemPath {
      open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else { throw .systemCall(path: path, errno: errno) }
    self.path = path
    do throws(IntakeProblem) {
      key = try FileStatus(of: descriptor, path: path).key
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  func status() throws(IntakeProblem) -> FileStatus {
    try FileStatus(of: descriptor, path: path)
  }

  /// - Returns: The number of bytes read; fewer than requested only at the end of the file.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) throws(IntakeProblem)
    -> Int
  {
    var count = 0
    while count < target.count {
      let got = pread(
        descriptor, target.baseAddress! + count, target.count - count, off_t(offset) + off_t(count))
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw .systemCall(path: path, errno: errno)
      }
      count += got
    }
    return count
  }

  /// Whether the last 256 bytes (all of a shorter file) are zero: reserved space that was not written to yet.
  func endsInZeros() throws(IntakeProblem) -> Bool {
    let size = try status().size
    let length = Int(min(size, Int64(Fingerprint.recentLength)))
    return try bytes(at: size - Int64(length), count: length).allSatisfy { $0 == 0 }
  }

  /// The bytes of a short range; fewer at the end of the file.
  func bytes(at offset: Int64, count: Int) throws(IntakeProblem) -> [UInt8] {
    var failure: IntakeProblem?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      do throws(IntakeProblem) {
        initialized = try read(into: UnsafeMutableRawBufferPointer(target), at: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
