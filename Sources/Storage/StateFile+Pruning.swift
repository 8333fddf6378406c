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

  /// The most forecasts that a commit deletes: twice as many as it stores, so that they do not add up, and at least so
  /// many.
  private static let prunedMin = 4_000

  func prune(_ pruning: Pruning, storedCount: Int, _ database: Database) throws {
    let columns = [
      ("alert", "hour", pruning.alerts), ("training", "end_hour", pruning.reports),
    ]
    if let hour = pruning.forecasts {
      try database.cachedStatement(
        sql: """
          DELETE FROM forecast WHERE (origin, stream_id) IN
            (SELECT origin, stream_id FROM forecast WHERE origin < ? ORDER BY 1, 2 LIMIT ?)
          """
      ).execute(arguments: [hour, max(Self.prunedMin, 2 * storedCount)])
    }
    for case (let table, let column, let hour?) in columns {
      try database.execute(sql: "DELETE FROM \(table) WHERE \(column) < ?", arguments: [hour])
    }
  }

  /// Deletes streams with their counts and everything else that is stored of them.
  func forget(_ streams: Set<String>, _ database: Database) throws {
    guard !streams.isEmpty else { return }
    let ids = try StreamIDs.stored(of: streams, database)
    for (table, column) in [
      ("forecast", "stream_id"), ("training_row", "stream_id"), ("stream", "id"),
    ] {
      try database.execute(
        sql: "DELETE FROM \(table) WHERE \(column) IN (SELECT value FROM json_each(?))",
        arguments: [ids])
    }
  }
}
