import Alerts
package import Forecasting
import Foundation
import GRDB
package import Monitoring
import Records
import Series

/// The file that holds all persistent state: positions, counts, learned state, forecasts, alerts.
///
/// Every commit is one transaction with a write-ahead log: after kill -9 at any instant the file contains all of it or
/// nothing, so a position is never stored without its counts. A power failure may lose the newest commits, each as a
/// whole; their lines are then read again.
package struct StateFile: Sendable {
  let queue: DatabaseQueue
  let path: String

  /// Opens the file, creates it if it does not exist, and migrates its tables.
  ///
  /// - Parameter isSound: The file is unchanged since this program closed it, so that the integrity check is skipped.
  /// - Throws: `StateFileError`
  package init(path: String, isSound: Bool = false) throws {
    self.path = path
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      // The write-ahead log is checkpointed at half a megabyte, and truncated to that size after a large transaction,
      // so that it does not fill a small disk. Debian's SQLite would write zeros to each page that is freed.
      try database.execute(
        sql: """
          PRAGMA synchronous = NORMAL;
          PRAGMA cache_size = -2000;
          PRAGMA wal_autocheckpoint = 128;
          PRAGMA journal_size_limit = 524288;
          PRAGMA secure_delete = FAST;
          """)
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { database in
        if try Schema.migrator.hasBeenSuperseded(database) { throw StateFileError.newer(path) }
        guard try Schema.isOursOrEmpty(database) else {
          throw StateFileError.unusable(path, reason: "it is another program's database")
        }
      }
      try Schema.migrator.migrate(queue)
      if !isSound { try requireIntegrity() }
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    } catch is RowDecodingError {
      throw StateFileError.undecodable(path)
    }
  }

  /// Closes the file, after which it cannot be used. The write-ahead log is moved to the file, unless another process
  /// reads it.
  package func close() {
    // If that fails, committed data stays in the log and is read from there.
    try? queue.close()
  }

  /// Checks the integrity of the file. Damaged pages can contain what the schema forbids, such as NULL for a number,
  /// and readers rely on the schema.
  private func requireIntegrity() throws {
    let damage = try queue.read { database -> String? in
      // A name that does not match the index is damaged.
      for check in ["quick_check(1)", "integrity_check('stream')"] {
        let answer = try String.fetchOne(database, sql: "PRAGMA \(check)")
        if answer != "ok" { return answer ?? "damaged" }
      }
      return try Checksums.mismatch(database)
    }
    if let damage { throw StateFileError.corrupt(path, reason: damage) }
  }

  /// Opens a file for reading, which another process may be writing.
  ///
  /// - Parameter isSound: It is unchanged since its integrity was checked, which is skipped.
  package init(readingAt path: String, isSound: Bool = false) throws {
    self.path = path
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { database in
        if try Schema.migrator.hasBeenSuperseded(database) { throw StateFileError.newer(path) }
        guard try Schema.migrator.hasCompletedMigrations(database) else {
          throw StateFileError.older(path)
        }
      }
      if !isSound { try requireIntegrity() }
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    } catch is RowDecodingError {
      throw StateFileError.undecodable(path)
    }
  }

  /// A state in memory, for a replay that stores nothing.
  package init() throws {
    path = "the state in memory"
    queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
  }

  /// - Throws: `StateFileError`, worded for the operator, for every problem with the file.
  func write(_ updates: (Database) throws -> Void) throws {
    do {
      do {
        try queue.write(updates)
      } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
        // A checkpoint empties the write-ahead log, which may free enough space.
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.write(updates)
      }
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    } catch is RowDecodingError {
      throw StateFileError.undecodable(path)
    }
  }

  func read<Value>(_ value: (Database) throws -> Value) throws -> Value {
    do {
      return try queue.read(value)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    } catch is RowDecodingError {
      throw StateFileError.undecodable(path)
    }
  }

  // MARK: - Writing

  /// Stores all changes or, if it throws, nothing, so that a caller may retry with the same changes.
  ///
  /// - Parameter pruning: What to delete in the same transaction.
  package func commit(_ changes: Changes, _ pruning: Pruning = Pruning()) throws {
    try write { database in
      try forget(changes.forgotten, database)
      var ids = StreamIDs()
      try storeCounts(changes, &ids, database)
      try storeStreams(changes, &ids, database)
      try store(changes.positions, database)
      try store(cursors: changes.positions.cursors, database)
      try store(changes.forecasts, &ids, database)
      for alert in changes.alerts {
        try store(alert, orElse: Self.deliveredNow, &ids, database)
      }
      for judged in changes.outcomes {
        try database.cachedStatement(sql: "UPDATE alert SET outcome = ? WHERE hour = ? AND id = ?")
          .execute(arguments: [judged.outcome.rawValue, judged.hour, judged.alert.text])
      }
      try storeTraining(changes, database)
      try store(changes.trainingRows, &ids, database)
      if !changes.memory.isEmpty {
        try database.cachedStatement(
          sql: "INSERT OR REPLACE INTO memory (name, learned) VALUES ('monitor', ?)"
        ).execute(arguments: [Data(changes.memory)])
      }
      try prune(pruning, storedCount: changes.forecasts.count, database)
    }
  }

  private func storeCounts(_ changes: Changes, _ ids: inout StreamIDs, _ database: Database) throws
  {
    let counting = try database.cachedStatement(
      sql: """
        INSERT INTO count (stream_id, hour, requests) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests
        """)
    for (id, count) in try ids.ordered(changes.counts, database, by: { $0.key.stream }) {
      try counting.execute(arguments: [id, count.key.hour, count.value])
    }
    for (name, hour) in changes.firstCounts {
      try database.cachedStatement(sql: "DELETE FROM count WHERE stream_id = ? AND hour < ?")
        .execute(arguments: [ids.id(of: name, database), hour])
    }
  }

  private func storeStreams(
    _ changes: Changes, _ ids: inout StreamIDs, _ database: Database
  ) throws {
    for (id, stream) in try ids.ordered(changes.streams, database, by: { $0.key }) {
      let stored = stream.value.stored(by: StoredBytes.compression)
      try database.cachedStatement(
        sql: """
          INSERT INTO learned (stream_id, bytes, header, run_count) VALUES (?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET
            bytes = excluded.bytes, header = excluded.header, run_count = excluded.run_count
          """
      ).execute(arguments: [id, Data(stored.bytes), Data(stored.header), changes.runCount])
    }
    for (id, latest) in try ids.ordered(changes.latestRequests, database, by: { $0.key }) {
      try database.cachedStatement(
        sql: """
          INSERT INTO latest_request (stream_id, second) VALUES (?, ?)
          ON CONFLICT DO UPDATE SET second = max(second, excluded.second)
          """
      ).execute(arguments: [id, latest.value])
    }
    for (name, terms) in changes.terms {
      // Mostly unchanged, and then not written.
      try database.cachedStatement(
        sql: "UPDATE stream SET terms = ?1 WHERE id = ?2 AND terms IS NOT ?1"
      ).execute(arguments: [Self.text(terms), ids.id(of: name, database)])
    }
    for (name, isDormant) in changes.isDormant {
      try database.cachedStatement(sql: "UPDATE stream SET is_dormant = ? WHERE id = ?")
        .execute(arguments: [isDormant, ids.id(of: name, database)])
    }
  }

  private func store(
    _ forecasts: [Changes.Origin], _ ids: inout StreamIDs, _ database: Database
  ) throws {
    for (id, forecast) in try ids.ordered(forecasts, database, by: { $0.stream }) {
      try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO forecast (stream_id, origin, log_odds, threshold)
          VALUES (?, ?, ?, ?)
          """
      ).execute(
        arguments: [
          id, forecast.hour, StoredProbabilities.bytes(forecast.probabilities),
          forecast.threshold,
        ])
    }
  }

  private func store(_ positions: PositionChanges, _ database: Database) throws {
    for key in positions.forgotten {
      try database.cachedStatement(
        sql: "DELETE FROM position WHERE source = ? AND device = ? AND inode = ?"
      ).execute(
        arguments: [key.source, Int64(bitPattern: key.device), Int64(bitPattern: key.inode)])
    }
    for position in positions.updated {
      try database.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO position (source, device, inode, path, fingerprint_length,
            fingerprint, bytes_read, recent_fingerprint)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """
      ).execute(
        arguments: [
          position.source, Int64(bitPattern: position.identity.device),
          Int64(bitPattern: position.identity.inode), position.path,
          position.identity.fingerprintLength, Int64(bitPattern: position.identity.fingerprint),
          position.offset, position.recentFingerprint.map { Int64(bitPattern: $0) },
        ])
    }
    if !positions.forgotten.isEmpty || !positions.updated.isEmpty {
      try Checksums.update("position", database)
    }
  }

  private func store(cursors: [String: [String: String]], _ database: Database) throws {
    for (source, entries) in cursors {
      for (machine, entry) in entries {
        try database.cachedStatement(
          sql: "INSERT OR REPLACE INTO cursor (source, machine, entry) VALUES (?, ?, ?)"
        ).execute(arguments: [source, machine, entry])
      }
    }
    if !cursors.isEmpty { try Checksums.update("cursor", database) }
  }

  /// Replaces the current model by an imported one; the current one becomes the previous one.
  package func adopt(_ model: Model) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO model (role, learned)
          SELECT 'previous', learned FROM model WHERE role = 'current'
          """)
      try database.execute(
        sql: "INSERT OR REPLACE INTO model (role, learned) VALUES ('current', ?)",
        arguments: [Data(model.bytes())])
    }
  }
}
