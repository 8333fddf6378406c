import Forecasting
import Foundation
import GRDB
package import Monitoring
import Series

/// Reads a state's streams without the settings: names, terms, and newest forecasts.
extension StateFile {
  /// The stored data of one stream for display.
  package struct StreamRecord: Equatable, Sendable {
    package var name: String
    /// Nil if the state was written by a version that did not store them.
    package var terms: StreamTerms?
    /// The newest forecast; nil if there is none yet.
    package var forecast: Changes.Origin?
    /// Active hours up to the forecast's origin, ascending.
    package var activeHours: [Int]
  }

  /// The streams in memory, as of the newest closed hour, by name.
  package func streamRecords() throws -> [StreamRecord] {
    try read { database in
      let memory = try Data.fetchOne(
        database, sql: "SELECT learned FROM memory WHERE name = 'monitor'")
      // Forecasts of an hour that is not closed for all streams are incomplete, so they are skipped.
      let openHour = memory.flatMap { Monitor.openHour(of: Array($0)) }
      let newest = try Int.fetchOne(
        database, sql: "SELECT max(origin) FROM forecast WHERE origin < ?",
        arguments: [openHour ?? .max])
      return try Row.fetchAll(
        database,
        sql: """
          SELECT id, name, terms, origin, log_odds, threshold
          FROM stream LEFT JOIN forecast ON stream_id = id AND origin = ?
          WHERE NOT is_dormant ORDER BY name
          """, arguments: [newest]
      ).map { row in
        let terms = Self.terms(row["terms"])
        let forecast = Self.origin(row)
        let active = try terms.map {
          try activeHours(of: row["id"], $0, upTo: forecast?.hour ?? .max, database)
        }
        return StreamRecord(
          name: row["name"], terms: terms, forecast: forecast, activeHours: active ?? [])
      }
    }
  }

  /// The terms of all streams, including dormant ones, by name.
  package func streamTerms() throws -> [String: StreamTerms] {
    try read { database in
      let rows = try Row.fetchAll(database, sql: "SELECT name, terms FROM stream")
      return Dictionary(
        rows.compactMap { row in Self.terms(row["terms"]).map { (row["name"], $0) } },
        uniquingKeysWith: { $1 })
    }
  }

  /// All stored forecasts of a stream, oldest first.
  ///
  /// - Parameter hour: The first origin to include.
  package func forecasts(of stream: String, since hour: Int) throws -> [Changes.Origin] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT name, origin, log_odds, threshold
          FROM forecast JOIN stream ON stream.id = stream_id
          WHERE origin >= ? AND name = ? ORDER BY origin
          """, arguments: [hour, stream]
      ).compactMap(Self.origin)
    }
  }

  /// Whether there is a trained network.
  package func hasModel() throws -> Bool {
    try read { database in
      try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM model WHERE role = 'current')")
        ?? false
    }
  }

  static func text(_ terms: StreamTerms) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(terms), as: UTF8.self)
  }

  static func terms(_ text: String?) -> StreamTerms? {
    // Terms are only used for display, so unreadable ones count as missing.
    text.flatMap { try? JSONDecoder().decode(StreamTerms.self, from: Data($0.utf8)) }
      .flatMap { $0.isValid ? $0 : nil }
  }

  /// Nil if the row has no forecast, or an impossible one.
  static func origin(_ row: Row) -> Changes.Origin? {
    guard let hour: Int = row["origin"], let logOdds: Data = row["log_odds"],
      logOdds.count <= 2 * ForecastSettings.horizonHoursMax,
      (-ByteReader.lastHour...ByteReader.lastHour).contains(hour)
    else { return nil }
    return Changes.Origin(
      stream: row["name"], hour: hour,
      probabilities: StoredProbabilities.probabilities(logOdds),
      threshold: row["threshold"])
  }

  private func activeHours(
    of id: Int64, _ terms: StreamTerms, upTo last: Int, _ database: Database
  ) throws -> [Int] {
    let hours = try Int.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT hour FROM count WHERE stream_id = ? AND requests >= ? AND hour <= ?
            AND \(Self.isPossible)
          ORDER BY hour
          """),
      arguments: [id, terms.minRequests, last])
    return terms.applyingHold(to: hours).filter { $0 <= last }
  }
}
