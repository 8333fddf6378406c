import GRDB

/// What is deleted, because it is too old or of a stream that is forgotten.
extension StateFile {
  /// What was stored before these hours is deleted; nil: nothing is.
  package struct Pruning: Equatable, Sendable {
    /// By the hours at whose ends they were made.
    package var forecasts: Int?
    /// Of all kinds, by the hours that they are about.
    package var alerts: Int?
    /// Of training runs, by the first hour that was not over then.
    package var reports: Int?

    /// - Parameters: Hours since the epoch; nil: all stay.
    package init(forecasts: Int? = nil, alerts: Int? = nil, reports: Int? = nil) {
      self.forecasts = forecasts
      self.alerts = alerts
      self.reports = reports
    }
  }

  /// Forecasts that one commit deletes, at most.
  private static let prunedMax = 4_000

  func prune(_ pruning: Pruning, _ database: Database) throws {
    let columns = [
      ("alert", "hour", pruning.alerts), ("training", "end_hour", pruning.reports),
    ]
    if let hour = pruning.forecasts {
      // More than are stored with one commit, and not so many that it takes long.
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

  /// Their counts, and all that is stored of them otherwise, go with them.
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
