import Glibc

/// Which file on which file system; a name can lead to another tomorrow.
struct FileKey: Hashable, Sendable {
  var device: UInt64
  var inode: UInt64
}

/// What `stat` says of a regular file.
struct FileStatus {
  var key: FileKey
  var size: Int64 = 0
  var modifiedSeconds: Int64 = 0
  var modifiedNanoseconds: Int64 = 0
  var linkCount = 1

  init(key: FileKey) { self.key = key }

  init(_ raw: stat) {
    key = FileKey(device: UInt64(raw.st_dev), inode: UInt64(raw.st_ino))
    size = Int64(raw.st_size)
    modifiedSeconds = Int64(raw.st_mtim.tv_sec)
    modifiedNanoseconds = Int64(raw.st_mtim.tv_nsec)
    linkCount = Int(raw.st_nlink)
  }

  /// Whether nothing says that it was written to in between.
  func looksLike(_ other: FileStatus) -> Bool {
    size == other.size && modifiedSeconds == other.modifiedSeconds
      && modifiedNanoseconds == other.modifiedNanoseconds
  }

  /// Follows symbolic links.
  init(path: String) throws(IntakeProblem) {
    var raw = stat()
    guard path.withFileSystemPath({ stat($0, &raw) }) == 0 else {
      throw .systemCall(path: path, errno: errno)
    }
    guard raw.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
    self.init(raw)
  }
}

/// A regular file opened for reading, closed when the last reference goes.
///
/// While it is open its inode cannot be given to another file, which is why a file is kept open until all
/// of it was read.
final class OpenFile {
  let descriptor: Int32
  let path: String
  let key: FileKey

  init(path: String) throws(IntakeProblem) {
    // O_NONBLOCK: opening a FIFO put in the log's place must not stop us.
    descriptor = path.withFileSystemPath {
      open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else { throw .systemCall(path: path, errno: errno) }
    self.path = path
    var raw = stat()
    let failure = fstat(descriptor, &raw) == 0 ? 0 : errno
    key = FileStatus(raw).key
    if failure != 0 { throw .systemCall(path: path, errno: failure) }
    guard raw.st_mode & S_IFMT == S_IFREG else { throw .notRegular(path: path) }
  }

  deinit { close(descriptor) }

  func status() throws(IntakeProblem) -> FileStatus {
    var raw = stat()
    guard fstat(descriptor, &raw) == 0 else { throw .systemCall(path: path, errno: errno) }
    return FileStatus(raw)
  }

  /// - Returns: Bytes read; fewer than asked for only at the end of the file.
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

  /// Whether its last 256 bytes, or all of a shorter one, are zero: room reserved and not written to yet.
  func endsInZeros() throws(IntakeProblem) -> Bool {
    let size = try status().size
    let length = Int(min(size, Int64(Fingerprint.recentLength)))
    return try bytes(at: size - Int64(length), count: length).allSatisfy { $0 == 0 }
  }

  /// The bytes of a short range; fewer where the file ends.
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
