import GRDB

/// Deletes what is too old, and forgotten streams.
extension StateFile {
  /// The hours before which rows are deleted; nil keeps all.
  package struct Pruning: Equatable, Sendable {
    /// For forecasts: the origin.
    package var forecasts: Int?
    /// For alerts of all kinds: the hour that they are about.
    package var alerts: Int?
    /// For training reports: the end of the training data.
    package var reports: Int?

    /// - Parameters: Hours since the epoch; nil keeps all.
    package init(forecasts: Int? = nil, alerts: Int? = nil, reports: Int? = nil) {
      self.forecasts = forecasts
      self.alerts = alerts
      self.reports = reports
    }
  }

  /// The most forecasts that one commit deletes.
  private static let prunedMax = 4_000

  func prune(_ pruning: Pruning, _ database: Database) throws {
    let columns = [
      ("alert", "hour", pruning.alerts), ("training", "end_hour", pruning.reports),
    ]
    if let hour = pruning.forecasts {
      // The limit exceeds what one commit stores, and keeps the commit short.
      try database.cachedStatement(
        sql: """
          DELETE FROM forecast WHERE (origin, stream_id) IN
            (SELECT origin, stream_id FROM forecast WHERE origin < ? ORDER BY 1, 2 LIMIT \(Self.prunedMax))
          """
      ).execute(arguments: [hour])
    }
    for case (let table, let column, let hour?) in columns {
      try database.execute(sql: "DELETE FROM \(table) WHERE \(column) < ?", arguments: [hour])
    }
  }

  /// Deletes streams with their counts and everything else that is stored of them.
  func forget(_ streams: Set<String>, _ database: Database) throws {
    let ids = try streams.compactMap {
      try Int64.fetchOne(
        database.cachedStatement(sql: "SELECT id FROM stream WHERE name = ?"), arguments: [$0])
    }
    guard !ids.isEmpty else { return }
    let numbers = ids.map(String.init).joined(separator: ",")
    for table in ["forecast", "training_row"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE stream_id IN (\(numbers))")
    }
    try database.execute(sql: "DELETE FROM stream WHERE id IN (\(numbers))")
  }
}
