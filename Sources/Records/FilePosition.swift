/// Identifies a file independently of its name: by device, inode and first bytes.
///
/// None of them is enough: an inode is reused after its file was deleted, a name passes to another file at every
/// rotation, and a copy starts with the same bytes.
package struct FileIdentity: Hashable, Sendable {
  package var device: UInt64
  package var inode: UInt64

  /// How many of the file's first bytes `fingerprint` covers: at most 4,096, fewer while the file is short.
  package var fingerprintLength: Int

  /// FNV-1a, 64 bit, over the first `fingerprintLength` bytes (uncompressed), all of which were counted.
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
/// The offset never passes an unfinished line, and it is stored in the same transaction as the counts of the lines
/// before it, so that every line is counted exactly once, even if the process is killed.
package struct FilePosition: Hashable, Sendable {
  /// The `name` of the source in the settings.
  package var source: String
  /// The last known path of the file.
  package var path: String
  package var identity: FileIdentity
  /// Uncompressed bytes counted from the file's start.
  package var offset: Int64
  /// FNV-1a over the up to 256 bytes before `offset`; nil if unknown. It distinguishes the file from a copy, and from
  /// itself after it was truncated and has grown past `offset` again.
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

  /// The key of stored positions: a source has one for each device and inode.
  package struct Key: Hashable, Sendable {
    package var source: String
    package var device: UInt64
    package var inode: UInt64
  }

  package var key: Key { Key(source: source, device: identity.device, inode: identity.inode) }

  /// Whether this records only that a path or pattern of the settings was used before, so that a file that appears
  /// under it later is new and read from its beginning. (No file is on device 0.)
  package var isMarker: Bool { identity.device == 0 }
}
