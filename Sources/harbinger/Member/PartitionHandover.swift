import Foundation
package import Host
package import Settings
import Storage

/// The way of a partition's state from one member to the next: files on this side, the state topic on the other.
///
/// Nothing here changes while it is used, so that it can work on a thread of its own.
package struct PartitionHandover: Sendable {
  private let states: KafkaStateTopic
  private let settings: ServiceSettings
  /// Under which the offset is stored.
  private let source: String
  private let cursor: String

  /// What is in the state topic.
  struct Stored: Sendable {
    /// That of the state that is here, and of the next snapshot.
    var generation: Int32
    var keys: Set<[UInt8]>
    /// Of the newest snapshot; nil if there is none.
    var offset: Int64?
    /// Of the snapshot that was written last, compressed.
    var byteCount = 0
  }

  /// - Parameter settings: Those of the member.
  package init(_ settings: ServiceSettings, _ topic: KafkaTopic, partition: Int32) {
    var own = topic
    own.topic = topic.stateTopic ?? ""
    states = KafkaStateTopic(own, partition: partition)
    self.settings = settings.ofPartition(partition)
    source = self.settings.sources[0].name
    cursor = "\(topic.topic)/\(partition)"
  }

  /// Where the process says how it is: beside the folder of its status, which is removed before a state is put here.
  var notifyPath: String {
    URL(filePath: settings.statusPath).deletingLastPathComponent().absoluteURL.path + ".notify"
  }

  /// Puts the newest snapshot in the place of the state.
  ///
  /// - Parameter own: The generation of the state that is here; it stays if no member that came later has written, and
  ///   none of the same generation has come further. Nil if there is none.
  /// - Throws: `KafkaFailure`, `SystemError` and others.
  func install(over own: Int32?) throws -> Stored {
    let index = try states.index()
    let entries = index.entries
    // Even if it is damaged: what is written next is to count.
    let newest = entries.first.map { ($0.snapshot.generation, $0.snapshot.offset) } ?? (0, 0)
    var stored = Stored(generation: newest.0 + 1, keys: index.keys)
    if let own, let offset = try ownOffset(), newest <= (own, offset) {
      stored.generation = max(stored.generation, own + 1)
      stored.offset = entries.first?.snapshot.offset
      return stored
    }
    try discard()
    try LockedState.makeFolder(of: settings.statePath)
    for entry in entries {
      // Under its name only when it is whole; and the process that opens it checks all of it.
      var file = try NewFile(for: settings.statePath)
      guard try states.fetch(entry, to: file.path) else { continue }
      try file.place()
      stored.offset = entry.snapshot.offset
      break
    }
    return stored
  }

  /// Copies the state, also while a process writes to it, and writes the copy to the state topic.
  ///
  /// - Returns: What is in the topic when all brokers in sync have it.
  /// - Throws: `KafkaFailure`, `StateFileError`, `SystemError` and others; the snapshot before is there then.
  func save(after stored: Stored) throws -> Stored {
    guard FileManager.default.fileExists(atPath: settings.statePath) else { return stored }
    let file = try NewFile(for: settings.statePath + ".snapshot")
    try StateFile.copy(settings.statePath, to: file.path)
    // Of a partition of which nothing was read there is nothing to keep.
    guard let offset = try offset(in: file.path) else { return stored }
    let snapshot = PartitionSnapshot(generation: stored.generation, offset: offset)
    let written = try states.write(snapshot, of: file.path, replacing: stored.keys)
    return Stored(
      generation: stored.generation, keys: written.keys, offset: offset,
      byteCount: written.byteCount)
  }

  /// The offset in the state that is here; nil if it is damaged, or none is.
  ///
  /// - Throws: `StateFileError`, if it only cannot be read just now.
  private func ownOffset() throws -> Int64? {
    guard FileManager.default.fileExists(atPath: settings.statePath) else { return nil }
    do {
      return try offset(in: settings.statePath)
    } catch StateFileError.corrupt, StateFileError.older, StateFileError.newer {
      return nil
    }
  }

  private func offset(in path: String) throws -> Int64? {
    try StateFile(readingAt: path).cursors()[source]?[cursor].flatMap(Int64.init)
  }

  /// Removes the status, which nobody writes any more, and leaves the state where it is.
  func discardStatus() throws {
    let manager = FileManager.default
    if manager.fileExists(atPath: settings.statusPath) {
      try manager.removeItem(atPath: settings.statusPath)
    }
  }

  /// Removes the state and the status.
  ///
  /// - Throws: `StateFileError.unusable`
  func discard() throws {
    for path in [settings.statePath, settings.statusPath] { try Self.removeFolder(of: path) }
  }

  /// - Throws: `StateFileError.unusable`
  static func removeFolder(of path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else { return }
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      // Beneath Foundation's error is the kernel's.
      let cause = (error as? CocoaError)?.underlying as? POSIXError
      let reason = cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"
      throw StateFileError.unusable(folder, reason: "it cannot be removed: \(reason)")
    }
  }
}
