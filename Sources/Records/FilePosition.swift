/// Which file it is, whatever its name: device and inode, and what it begins with.
///
/// An inode is given to the next file as soon as its own is deleted, a name passes from file to file at
/// every rotation, and a copy starts with the same bytes. Only together they tell two files apart.
package struct FileIdentity: Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64

  /// How many of the file's first bytes `fingerprint` covers: at most 4,096, fewer while the file is young.
  package var fingerprintLength: Int

  /// FNV-1a, 64 bit, over the first `fingerprintLength` bytes (uncompressed), all of them counted.
  package var fingerprint: UInt64

  package init(device: UInt64, inode: UInt64, fingerprintLength: Int, fingerprint: UInt64) {
    self.device = device
    self.inode = inode
    self.fingerprintLength = fingerprintLength
    self.fingerprint = fingerprint
  }
}

/// How far one file of a source has been counted.
///
/// The offset never passes an unfinished line, and it is stored in the same transaction as the counts of
/// the lines before it, so that a line is counted once or, if we are killed, read again and counted once.
package struct FilePosition: Hashable, Sendable {
  /// The `name` of the source in the settings.
  package var source: String
  /// Where the file was last seen.
  package var path: String
  package var identity: FileIdentity
  /// Uncompressed bytes counted from the file's start.
  package var offset: Int64
  /// FNV-1a over the up to 256 bytes before `offset`; nil where unknown. It tells a file that was truncated
  /// and has grown past `offset` again, or a copy, from the file we read.
  package var recentFingerprint: UInt64?

  package init(
    source: String, path: String, identity: FileIdentity, offset: Int64,
    recentFingerprint: UInt64? = nil
  ) {
    self.source = source
    self.path = path
    self.identity = identity
    self.offset = offset
    self.recentFingerprint = recentFingerprint
  }

  /// What positions are stored under: a source has one for each device and inode.
  package struct Key: Hashable, Sendable {
    package var source: String
    package var device: UInt64
    package var inode: UInt64
  }

  package var key: Key { Key(source: source, device: identity.device, inode: identity.inode) }

  /// Says no more than that this path or pattern of the settings was looked at before, so that a file that
  /// appears under it later is new and read from its beginning. (No file is on device 0.)
  package var isMarker: Bool { identity.device == 0 }
}
