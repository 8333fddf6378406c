internal import Glibc

/// Reads and replaces whole files of bounded size.
package enum SmallFile {
  /// - Returns: The file's bytes; nil if it does not exist.
  /// - Throws: `EFBIG` if it is longer than the limit, `EINVAL` if it is not a regular file.
  package static func read(_ path: String, limitBytes: Int) throws(SystemError) -> [UInt8]? {
    guard let file = try openIfPresent(path) else { return nil }
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw .last("examine", path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SystemError("read", path: path, code: EINVAL)
    }
    // Files of /proc report size 0, so the size is only a first guess.
    var bytes = [UInt8](repeating: 0, count: min(limitBytes, max(4_096, Int(status.st_size))) + 1)
    var count = 0
    while true {
      var span = bytes.mutableSpan
      let got = try span.withUnsafeMutableBytes { buffer throws(SystemError) in
        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...])) ?? 0
      }
      if got == 0 { break }
      count += got
      guard count <= limitBytes else { throw SystemError("read", path: path, code: EFBIG) }
      if count == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: min(count, limitBytes + 1 - count)))
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private static func openIfPresent(_ path: String) throws(SystemError) -> Descriptor? {
    do throws(SystemError) {
      // O_NONBLOCK, because opening a named pipe in its place would block.
      return try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
    } catch {
      if error.code == ENOENT || error.code == ENOTDIR { return nil }
      throw error
    }
  }

  /// Replaces a file atomically: readers see the whole old or the whole new one.
  ///
  /// The new file is written as `PATH.new` and renamed. A crash may leave that file behind; the next call overwrites
  /// it. So a file must have only one writer.
  ///
  /// - Parameters:
  ///   - group: Its group, of which the process must be a member; nil for the group of the process.
  ///   - durable: Whether to sync the file and its folder, so that it survives a power failure.
  package static func replace(
    _ path: String, with bytes: borrowing Span<UInt8>, mode: UInt32 = 0o644, group: String? = nil,
    durable: Bool = false
  ) throws(SystemError) {
    let path = try ReplacedPath(path).path
    let new = path + ".new"
    do throws(SystemError) {
      let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
      // Mode 0600 until the group is set, so that no other group can read it.
      let file = try Descriptor(opening: new, flags: flags, mode: 0o600, operation: "create")
      if let group { try setGroup(of: file, to: group, path: new) }
      // fchmod, because the umask would restrict the mode given to open.
      guard fchmod(file.number, mode) == 0 else { throw .last("set the mode of", path: new) }
      try file.writeAll(bytes, path: new)
      if durable, fsync(file.number) != 0 { throw .last("sync", path: new) }
    } catch {
      unlink(new)
      throw error
    }
    guard rename(new, path) == 0 else {
      let error = SystemError.last("replace", path: path)
      unlink(new)
      throw error
    }
    if durable { try syncFolder(of: path) }
  }

  /// Writes what a command was asked for to a device or pipe as it is, and else replaces the file.
  ///
  /// - Throws: `SystemError`
  package static func write(
    _ bytes: borrowing Span<UInt8>, to path: String, mode: UInt32 = 0o644
  ) throws(SystemError) {
    guard ReplacedPath.isStream(path) else { return try replace(path, with: bytes, mode: mode) }
    try Descriptor(opening: path, flags: O_WRONLY).writeAll(bytes, path: path)
  }

  private static func setGroup(
    of file: borrowing Descriptor, to group: String, path: String
  ) throws(SystemError) {
    var entry = Glibc.group()
    var found: UnsafeMutablePointer<Glibc.group>?
    // Large, because the buffer receives the names of all members.
    var texts = [CChar](repeating: 0, count: 1 << 20)
    let code = getgrnam_r(group, &entry, &texts, texts.count, &found)
    guard code == 0, found != nil else {
      throw SystemError("find the group", path: group, code: code == 0 ? ENOENT : code)
    }
    guard fchown(file.number, uid_t.max, entry.gr_gid) == 0 else {
      throw .last("give to group \(group)", path: path)
    }
  }

  /// Syncs a file's folder, so that its names survive a power failure.
  static func syncFolder(of path: String) throws(SystemError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = try Descriptor(opening: folder, flags: O_RDONLY | O_DIRECTORY)
    guard fsync(descriptor.number) == 0 else { throw .last("sync", path: folder) }
  }
}
