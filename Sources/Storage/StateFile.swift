package import Forecasting
import Foundation
import GRDB
package import Monitoring
package import Records
import Series

/// The one file in which everything lasts: positions, counts, what was learned, what was said.
///
/// Every commit is one transaction in a write-ahead log: after kill -9 at any instant the file holds either
/// all of it or nothing, so that a position never stands without its counts. A power cut may lose the newest
/// commits, whole; their lines are then read again.
package struct StateFile: Sendable {
  private let queue: DatabaseQueue
  private let path: String

  /// Opens the file, makes it if it is not there, and brings its tables up to date.
  ///
  /// - Throws: `StateFileError`
  package init(path: String) throws {
    self.path = path
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2000")
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.read { database in
        if try Schema.migrator.hasBeenSuperseded(database) { throw StateFileError.newer(path) }
      }
      try Schema.migrator.migrate(queue)
      try requireSound()
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    }
  }

  /// Damaged pages can hold what the schema forbids, such as NULL for a number, and readers rely on it.
  private func requireSound() throws {
    let answer = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
    guard answer == "ok" else { throw StateFileError.corrupt(path, reason: answer ?? "damaged") }
  }

  /// Opens a file that another process writes, to read it.
  package init(readingAt path: String) throws {
    self.path = path
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    }
  }

  /// In memory, for a replay that is to leave nothing behind.
  package init() throws {
    path = "the state in memory"
    queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
  }

  /// - Throws: `StateFileError`, in words for the operator, for whatever is wrong with the file.
  private func write(_ updates: (Database) throws -> Void) throws {
    do {
      try queue.write(updates)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    }
  }

  private func read<Value>(_ value: (Database) throws -> Value) throws -> Value {
    do {
      return try queue.read(value)
    } catch let error as DatabaseError {
      throw StateFileError(error, path: path)
    }
  }

  // MARK: - Writing

  /// Stores all of it or, if it throws, nothing.
  package func commit(_ changes: Changes) throws {
    try write { database in
      var ids = try StreamIDs(database)
      let counting = try database.cachedStatement(
        sql: """
          INSERT INTO count VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET requests = requests + excluded.requests
          """)
      for (key, requests) in changes.counts {
        try counting.execute(
          arguments: [ids.id(of: key.stream, database), key.hour, requests])
      }
      for (name, learned) in changes.streams {
        try database.cachedStatement(sql: "UPDATE stream SET learned = ? WHERE id = ?")
          .execute(arguments: [Data(learned), ids.id(of: name, database)])
      }
      for (name, isParked) in changes.isParked {
        try database.cachedStatement(sql: "UPDATE stream SET is_parked = ? WHERE id = ?")
          .execute(arguments: [isParked, ids.id(of: name, database)])
      }
      try store(changes.positions, database)
      try store(cursors: changes.positions.cursors, database)
      for forecast in changes.forecasts {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO forecast VALUES (?, ?, ?)")
          .execute(
            arguments: [
              ids.id(of: forecast.stream, database), forecast.hour, json(forecast.probabilities),
            ])
      }
      for alert in changes.alerts {
        try store(alert, streamID: ids.id(of: alert.stream, database), database)
      }
      for judged in changes.outcomes {
        try database.cachedStatement(sql: "UPDATE alert SET outcome = ? WHERE id = ?")
          .execute(arguments: [judged.outcome.rawValue, judged.alert.text])
      }
      try storeTraining(changes, database)
      try database.cachedStatement(sql: "INSERT OR REPLACE INTO memory VALUES ('monitor', ?)")
        .execute(arguments: [Data(changes.memory)])
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
        sql: "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
      ).execute(
        arguments: [
          position.source, Int64(bitPattern: position.identity.device),
          Int64(bitPattern: position.identity.inode), position.path,
          position.identity.fingerprintLength, Int64(bitPattern: position.identity.fingerprint),
          position.offset, position.recentFingerprint.map { Int64(bitPattern: $0) },
        ])
    }
  }

  private func store(cursors: [String: [String: String]], _ database: Database) throws {
    for (source, entries) in cursors {
      for (machine, entry) in entries {
        try database.cachedStatement(sql: "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)")
          .execute(arguments: [source, machine, entry])
      }
    }
  }

  /// An alert that is stored already was delivered, or is about to be, and stays as it is. A suppressed one may
  /// be found again, from an hour nearer to its own, when it may be delivered.
  private func store(_ alert: Alert, streamID: Int64, _ database: Database) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)
        ON CONFLICT DO UPDATE SET
          origin = excluded.origin, probability = excluded.probability, delivered = 0, suppressed = NULL,
          explanation = excluded.explanation
        WHERE suppressed IS NOT NULL AND excluded.suppressed IS NULL
        """
    ).execute(
      arguments: [
        alert.id.text, alert.kind.rawValue, streamID, alert.origin, alert.hour,
        alert.probability, alert.threshold, alert.bits, alert.hoursSilent,
        alert.suppressed != nil, alert.suppressed?.rawValue, alert.explanation,
      ])
  }

  private func storeTraining(_ changes: Changes, _ database: Database) throws {
    for report in changes.reports {
      let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
      try database.execute(
        sql: "INSERT OR REPLACE INTO training VALUES (?, ?, ?)",
        arguments: [report.number, report.endHour, text])
    }
    guard let models = changes.models else { return }
    for (role, model) in [("current", models.current), ("previous", models.previous)] {
      guard let model else { continue }
      try database.execute(
        sql: "INSERT OR REPLACE INTO model VALUES (?, ?)",
        arguments: [role, Data(model.bytes())])
    }
  }

  /// The shortest text that reads back as the same bits.
  private func json(_ probabilities: [Double]) -> String {
    "[" + probabilities.map { "\($0)" }.joined(separator: ",") + "]"
  }

  /// Records that an alert was delivered.
  package func markDelivered(_ alert: Alert.ID) throws {
    try write { database in
      try database.execute(
        sql: "UPDATE alert SET delivered = 1 WHERE id = ?", arguments: [alert.text])
    }
  }

  /// Puts a model that was not trained here in place of the current one, which becomes the previous one.
  package func adopt(_ model: Model) throws {
    try write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO model SELECT 'previous', learned FROM model WHERE role = 'current'
          """)
      try database.execute(
        sql: "INSERT OR REPLACE INTO model VALUES ('current', ?)",
        arguments: [Data(model.bytes())])
    }
  }

  /// Forgets forecasts that were made before `hour`.
  package func prune(before hour: Int) throws {
    try write { database in
      try database.execute(sql: "DELETE FROM forecast WHERE origin < ?", arguments: [hour])
    }
  }

  // MARK: - Reading

  package func positions() throws -> [FilePosition] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM position ORDER BY source, device, inode").map {
        FilePosition(
          source: $0["source"], path: $0["path"],
          identity: FileIdentity(
            device: UInt64(bitPattern: $0["device"]), inode: UInt64(bitPattern: $0["inode"]),
            fingerprintLength: $0["fingerprint_length"],
            fingerprint: UInt64(bitPattern: $0["fingerprint"])),
          offset: $0["bytes_read"],
          recentFingerprint: ($0["recent_fingerprint"] as Int64?).map { UInt64(bitPattern: $0) })
      }
    }
  }

  /// Of the systemd journal, by source and machine.
  package func cursors() throws -> [String: [String: String]] {
    try read { database in
      var cursors: [String: [String: String]] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT source, machine, entry FROM cursor") {
        cursors[row[0], default: [:]][row[1]] = row[2]
      }
      return cursors
    }
  }

  /// - Returns: What a `Monitor` is restored from, and the models that could not be read.
  package func storedState() throws -> StoredState {
    try read { database in
      var state = StoredState()
      let memory = try Data.fetchOne(
        database, sql: "SELECT learned FROM memory WHERE name = 'monitor'")
      state.memory = memory.map(Array.init) ?? []
      let residents = try streams(where: "NOT is_parked", [], database)
      state.streams = Dictionary(residents) { first, _ in first }
      state.parked = try parked(database, openHour: Monitor.openHour(of: state.memory) ?? .max)
      state.models.current = try model("current", database)
      state.models.previous = try model("previous", database)
      return state
    }
  }

  package func currentModel() throws -> Model? {
    try read { try model("current", $0) }
  }

  /// What is stored of these streams, as far as they are known.
  package func storedStreams(_ names: [String]) throws -> [String: StoredState.Stream] {
    try read { database in
      let streams = try names.flatMap { try self.streams(where: "name = ?", [$0], database) }
      return Dictionary(streams) { first, _ in first }
    }
  }

  /// Of counts, which nothing seals: in a year that can be, and not so many that their sum overflows.
  private static let isPossible =
    "hour BETWEEN -\(ByteReader.lastHour) AND \(ByteReader.lastHour) AND requests <= \(1 << 40)"

  private func streams(
    where condition: String, _ arguments: StatementArguments, _ database: Database
  ) throws -> [(String, StoredState.Stream)] {
    try Row.fetchAll(
      database, sql: "SELECT id, name, learned FROM stream WHERE \(condition)",
      arguments: arguments
    ).map { row in
      let learned: Data = row["learned"]
      var stream = StoredState.Stream(bytes: Array(learned), buckets: [])
      let counts = try Row.fetchCursor(
        database.cachedStatement(
          sql: """
            SELECT hour, requests FROM count WHERE stream_id = ? AND \(Self.isPossible)
            ORDER BY hour
            """),
        arguments: [row["id"] as Int64])
      while let count = try counts.next() {
        stream.buckets.append(HourlySeries.Bucket(hour: count[0], count: count[1]))
      }
      return (row["name"], stream)
    }
  }

  /// Streams that are not in memory, with their hours that were not closed.
  private func parked(
    _ database: Database, openHour: Int
  ) throws -> [String: [HourlySeries.Bucket]] {
    var parked: [String: [HourlySeries.Bucket]] = [:]
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT name, hour, requests
        FROM stream LEFT JOIN count
          ON stream_id = stream.id AND hour >= ? AND \(Self.isPossible)
        WHERE is_parked ORDER BY name, hour
        """, arguments: [openHour])
    while let row = try rows.next() {
      let bucket = (row[1] as Int?).map { HourlySeries.Bucket(hour: $0, count: row[2]) }
      parked[row[0], default: []] += bucket.map { [$0] } ?? []
    }
    return parked
  }

  private func model(_ role: String, _ database: Database) throws -> Model? {
    let learned = try Data.fetchOne(
      database, sql: "SELECT learned FROM model WHERE role = ?", arguments: [role])
    // A model that cannot be read is one to be trained anew; the baselines speak until then.
    return learned.flatMap { try? Model(bytes: Array($0)) }
  }

  /// Requests by stream and hour.
  package func counts() throws -> [Changes.Count: Int] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT name, hour, requests FROM count JOIN stream ON stream.id = stream_id
          WHERE \(Self.isPossible)
          """)
      return Dictionary(
        rows.map { (Changes.Count(stream: $0[0], hour: $0[1]), $0[2]) }, uniquingKeysWith: +)
    }
  }

  package func forecasts() throws -> [Changes.Origin] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT name, origin, probabilities FROM forecast JOIN stream ON stream.id = stream_id
          ORDER BY name, origin
          """
      ).map {
        let text: String = $0[2]
        return Changes.Origin(
          stream: $0[0], hour: $0[1],
          probabilities: try JSONDecoder().decode([Double].self, from: Data(text.utf8)))
      }
    }
  }

  /// An alert and what became of it, if that is known.
  package struct JudgedAlert: Equatable, Sendable {
    package var alert: Alert
    package var outcome: Alert.Outcome?

    fileprivate init?(_ row: Row) {
      guard let kind = Alert.Kind(rawValue: row["kind"]) else { return nil }
      alert = Alert(
        kind: kind, stream: row["name"], origin: row["origin"], hour: row["hour"],
        probability: row["probability"], threshold: row["threshold"], bits: row["bits"],
        hoursSilent: row["hours_silent"],
        suppressed: (row["suppressed"] as String?).flatMap(Alert.SuppressionReason.init))
      alert.explanation = row["explanation"]
      outcome = (row["outcome"] as String?).flatMap(Alert.Outcome.init)
    }
  }

  /// Alerts about `hour` and later, oldest first.
  package func alerts(since hour: Int = .min) throws -> [JudgedAlert] {
    try alerts(where: "hour >= ?", [hour])
  }

  /// Alerts that are not delivered yet, oldest first.
  package func undeliveredAlerts() throws -> [Alert] {
    try alerts(where: "delivered = 0", []).map(\.alert)
  }

  private func alerts(
    where condition: String, _ arguments: StatementArguments
  ) throws -> [JudgedAlert] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT alert.*, name FROM alert JOIN stream ON stream.id = stream_id
          WHERE \(condition) ORDER BY hour, alert.id
          """, arguments: arguments
      ).compactMap(JudgedAlert.init)
    }
  }

  /// The file and its write-ahead log.
  package func sizeBytes() throws -> Int {
    try read { database in
      let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
      return try Int.fetchOne(database, sql: sql) ?? 0
    }
  }
}

/// The numbers that stand for stream names, made when a stream is first stored.
private struct StreamIDs {
  private var ids: [String: Int64] = [:]

  init(_ database: Database) throws {}

  mutating func id(of name: String, _ database: Database) throws -> Int64 {
    if let id = ids[name] { return id }
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO stream (name) VALUES (?)")
      .execute(arguments: [name])
    let id = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM stream WHERE name = ?"), arguments: [name])
    ids[name] = id
    return try ids[name] ?? { throw DatabaseError(message: "stream \(name) was not stored") }()
  }
}
