package import Forecasting
import Foundation
import GRDB
package import Monitoring
package import Records
import Series

extension StateFile {
  /// The positions of all known files, ordered by source.
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

  /// The cursors of sources that are no files, by source and machine (journal) or topic and partition (Kafka).
  package func cursors() throws -> [String: [String: String]] {
    try read { database in
      var cursors: [String: [String: String]] = [:]
      for row in try Row.fetchAll(database, sql: "SELECT source, machine, entry FROM cursor") {
        cursors[row["source"], default: [:]][row["machine"]] = row["entry"]
      }
      return cursors
    }
  }

  /// - Parameters:
  ///   - names: Only these streams, without training rows and dormant streams; nil for everything.
  ///   - progress: Called for each stream, because there may be many.
  /// - Returns: The state to restore a `Monitor` from; models that cannot be read are left out.
  package func storedState(of names: [String]? = nil, _ progress: () -> Void = {}) throws
    -> StoredState
  {
    try read { database in
      var state = StoredState()
      let memory = try Data.fetchOne(
        database, sql: "SELECT learned FROM memory WHERE name = 'monitor'")
      state.memory = memory.map(Array.init) ?? []
      state.streams =
        try names.map { try streams(named: $0, where: "NOT is_dormant", database) }
        ?? allStreams(database, progress)
      state.models.current = try model("current", database)
      state.models.previous = try model("previous", database)
      state.networkChanges = try networkChanges(database)
      guard names == nil else { return state }
      state.dormant = try dormant(database, openHour: Monitor.openHour(of: state.memory) ?? .max)
      state.trainingRows = try trainingRows(database)
      return state
    }
  }

  /// The model in use; nil before the first was adopted.
  package func currentModel() throws -> Model? {
    try read { try model("current", $0) }
  }

  /// The stored state of these streams, without unknown ones.
  package func storedStreams(_ names: [String]) throws -> [String: StoredState.Stream] {
    try read { try streams(named: names, where: "true", $0) }
  }

  /// An SQL condition on counts: the hour is possible, and sums of requests cannot overflow.
  static let isPossible =
    "hour BETWEEN -\(ByteReader.lastHour) AND \(ByteReader.lastHour) AND requests <= \(1 << 40)"

  private static let learned =
    """
    SELECT id, name, second, bytes, header, run_count FROM stream
      LEFT JOIN learned ON learned.stream_id = id
      LEFT JOIN latest_request ON latest_request.stream_id = id
    """

  private static func counts(of streams: String) -> String {
    "SELECT stream_id, hour, requests FROM count WHERE \(streams) AND \(isPossible) ORDER BY 1, 2"
  }

  private func streams(
    named names: [String], where condition: String, _ database: Database
  ) throws -> [String: StoredState.Stream] {
    var streams: [String: StoredState.Stream] = [:]
    for name in names {
      let row = try Row.fetchOne(
        database.cachedStatement(sql: "\(Self.learned) WHERE name = ? AND \(condition)"),
        arguments: [name])
      guard let row else { continue }
      var stream = try Self.stream(row)
      let counts = try Row.fetchCursor(
        database.cachedStatement(sql: Self.counts(of: "stream_id = ?")),
        arguments: [row["id"] as Int64])
      while let count = try counts.next() { stream.buckets.append(Self.bucket(count)) }
      streams[row["name"]] = stream
    }
    return streams
  }

  /// The streams that are in memory. Their counts are read in one go: to look them up by stream takes longer.
  private func allStreams(
    _ database: Database, _ progress: () -> Void
  ) throws -> [String: StoredState.Stream] {
    var streams: [String: StoredState.Stream] = [:]
    let counts = try Row.fetchCursor(database, sql: Self.counts(of: "true"))
    var count = try counts.next()
    let rows = try Row.fetchCursor(
      database, sql: "\(Self.learned) WHERE NOT is_dormant ORDER BY id")
    while let row = try rows.next() {
      progress()
      let id: Int64 = row["id"]
      var stream = try Self.stream(row)
      while let next = count {
        let owner: Int64 = next[0]
        guard owner <= id else { break }
        if owner == id { stream.buckets.append(Self.bucket(next)) }
        count = try counts.next()
      }
      streams[row["name"]] = stream
    }
    return streams
  }

  private static func stream(_ row: Row) throws -> StoredState.Stream {
    let bytes = try row.withUnsafeData(named: "bytes") { $0.map { Array($0) } ?? [] }
    let header = try row.withUnsafeData(named: "header") { $0.map { Array($0) } ?? [] }
    var stream = StoredState.Stream(
      bytes: bytes, unpack: StoredBytes.compression.decompress, header: header, buckets: [],
      latestRequest: row["second"])
    stream.runCount = (row["run_count"] as Int?) ?? 0
    return stream
  }

  private static func bucket(_ count: Row) -> HourlySeries.Bucket {
    HourlySeries.Bucket(hour: count[1], count: count[2])
  }

  /// The streams that are not in memory.
  private func dormant(
    _ database: Database, openHour: Int
  ) throws -> [String: StoredState.Dormant] {
    var dormant: [String: StoredState.Dormant] = [:]
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT name, hour, requests,
          (SELECT hour FROM count WHERE stream_id = stream.id AND hour < ? AND \(Self.isPossible)
            ORDER BY hour DESC LIMIT 1) AS latest
        FROM stream LEFT JOIN count
          ON stream_id = stream.id AND hour >= ? AND \(Self.isPossible)
        WHERE is_dormant ORDER BY name, hour
        """, arguments: [openHour, openHour])
    while let row = try rows.next() {
      let bucket = (row["hour"] as Int?).map {
        HourlySeries.Bucket(hour: $0, count: row["requests"])
      }
      // A stream without counts has nothing to lose, so it counts as the oldest.
      let latest = (row["latest"] as Int?) ?? bucket?.hour ?? -ByteReader.lastHour
      dormant[row["name"], default: StoredState.Dormant(latestHour: latest)].buckets +=
        bucket.map { [$0] } ?? []
    }
    return dormant
  }

  private func trainingRows(_ database: Database) throws -> [TrainingBuffer.Row] {
    var rows: [TrainingBuffer.Row] = []
    let stored = try Row.fetchCursor(
      database,
      sql: """
        SELECT name, origin, lead, priority, weight, features
        FROM training_row JOIN stream ON stream.id = stream_id ORDER BY training_row.id
        """)
    while let row = try stored.next() {
      let weight: Double = row["weight"]
      let features: Data = row["features"]
      rows.append(
        TrainingBuffer.Row(
          stream: row["name"], origin: row["origin"], lead: row["lead"],
          priority: row["priority"], weight: Float(weight),
          features: [Float16](unsafeUninitializedCapacity: features.count / 2) {
            $1 = features.copyBytes(to: $0) / 2
          }))
    }
    return rows
  }

  private func networkChanges(_ database: Database) throws -> [NetworkChange] {
    try Row.fetchAll(database, sql: "SELECT * FROM network_change ORDER BY number").map { row in
      let stored: [Data?] = [row["current_before"], row["previous_before"]]
      let models = stored.map { $0.flatMap { try? Model(bytes: Array($0)) } }
      // If a model is unreadable, streams that were stored before the change are learned again.
      let isReadable = zip(stored, models).allSatisfy { ($0 == nil) == ($1 == nil) }
      let isAdopted: Bool = row["is_adopted"]
      return NetworkChange(
        number: row["number"], hour: row["hour"], isFull: row["is_full"], isAdopted: isAdopted,
        modelsBefore: isAdopted && isReadable
          ? Models(current: models[0], previous: models[1]) : nil)
    }
  }

  private func model(_ role: String, _ database: Database) throws -> Model? {
    let learned = try Data.fetchOne(
      database, sql: "SELECT learned FROM model WHERE role = ?", arguments: [role])
    // A model that cannot be read is replaced by the next training run; until then the baselines forecast alone.
    return learned.flatMap { try? Model(bytes: Array($0)) }
  }

  /// The stored training reports, oldest first.
  package func trainingReports() throws -> [TrainingReport] {
    try read { database in
      let texts = try String.fetchAll(database, sql: "SELECT report FROM training ORDER BY number")
      // Reports are only displayed, so unreadable ones are skipped.
      return texts.compactMap {
        try? JSONDecoder().decode(TrainingReport.self, from: Data($0.utf8))
      }
    }
  }

  /// The number of requests by stream and hour.
  package func counts() throws -> [Changes.Count: Int] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT name, hour, requests FROM count JOIN stream ON stream.id = stream_id
          WHERE \(Self.isPossible)
          """)
      return Dictionary(
        rows.map { (Changes.Count(stream: $0["name"], hour: $0["hour"]), $0["requests"]) },
        uniquingKeysWith: +)
    }
  }

  /// All stored forecasts, ordered by stream and origin.
  package func forecasts() throws -> [Changes.Origin] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT name, origin, log_odds, threshold
          FROM forecast JOIN stream ON stream.id = stream_id ORDER BY name, origin
          """
      ).compactMap(Self.origin)
    }
  }

  /// The size of the database in bytes, including pages that are still in the write-ahead log.
  package func sizeBytes() throws -> Int {
    try read { database in
      let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
      return try Int.fetchOne(database, sql: sql) ?? 0
    }
  }
}
