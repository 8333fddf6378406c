import GRDB

/// Backups: a state as one file, checked from end to end.
extension StateFile {
  /// Copies a state as it is at one instant, also one that a daemon is writing.
  ///
  /// - Parameter target: An empty file, or none. After an error it may hold a part.
  /// - Throws: `StateFileError`, of the file that is at fault. The copy of a damaged state is damaged, and refused.
  package static func copy(_ source: String, to target: String) throws {
    do {
      let queue = try readOnly(source)
      try requireState(queue, source)
      try copy(queue, to: target)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: source)
    }
    do {
      let queue = try readOnly(target)
      let answer = try queue.read {
        try String.fetchOne($0, sql: "PRAGMA integrity_check(1)") ?? "no answer"
      }
      guard answer == "ok" else { throw StateFileError.corrupt(source, reason: answer) }
      try requireState(queue, source)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: source)
    }
  }

  private static func readOnly(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// One that this version can use, or bring up to date.
  private static func requireState(_ queue: DatabaseQueue, _ path: String) throws {
    try queue.read { database in
      if try Schema.migrator.hasBeenSuperseded(database) { throw StateFileError.newer(path) }
      guard try !Schema.migrator.appliedIdentifiers(database).isEmpty else {
        throw StateFileError.unusable(path, reason: "it is no state of harbinger")
      }
    }
  }

  private static func copy(_ source: DatabaseQueue, to target: String) throws {
    var configuration = Configuration()
    // It is to survive a power cut once it stands in its place.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    do {
      let copy = try DatabaseQueue(path: target, configuration: configuration)
      // All at once: a state that changes between two steps would have to be copied from the beginning again.
      try source.backup(to: copy)
      // One file, with no log beside it.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
      try copy.close()
    } catch let error as DatabaseError {
      // What is wrong with the source is found by its copy.
      if [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) { throw error }
      throw StateFileError(error, path: target)
    }
  }

  /// Moves what the write-ahead log of a state holds into its file, which can then be moved alone. For a state that
  /// nobody has open.
  ///
  /// - Throws: `StateFileError`; a damaged state stays as it is.
  package static func settle(_ path: String) throws {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
      try queue.close()
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    }
  }
}
