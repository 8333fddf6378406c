import GRDB

/// Backups: copies of a state as one file, checked completely.
extension StateFile {
  /// Copies a consistent snapshot of a state, even while a daemon writes to it.
  ///
  /// - Parameter target: An empty or missing file. After an error it may be incomplete.
  /// - Throws: `StateFileError`, for the file with the problem; also if the state, and so its copy, is damaged.
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

  /// Throws unless it is a state that this version can use or migrate.
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
    // The copy must survive a power failure once it is renamed.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    do {
      let copy = try DatabaseQueue(path: target, configuration: configuration)
      // In one step, because SQLite restarts a backup when the source changes between steps.
      try source.backup(to: copy)
      // A single file without a write-ahead log.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
      try copy.close()
    } catch let error as DatabaseError {
      // Corruption of the source is found while copying.
      if [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) { throw error }
      throw StateFileError(error, path: target)
    }
  }

  /// Moves the content of a state's write-ahead log into its file, which can then be moved alone. No process may have
  /// the state open.
  ///
  /// - Throws: `StateFileError`; a damaged state is not changed.
  package static func checkpoint(_ path: String) throws {
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
