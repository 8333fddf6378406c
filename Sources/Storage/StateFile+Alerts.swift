package import Alerts
import Foundation
import GRDB
import Series

/// Storing and reading alerts, and marking them as delivered.
extension StateFile {
  /// An alert with its outcome, if known.
  package struct JudgedAlert: Equatable, Sendable {
    package var alert: Alert
    package var outcome: Alert.Outcome?

    /// Nil if the kind is unknown or a number is impossible.
    init?(_ row: Row) {
      let hours = -ByteReader.lastHour...ByteReader.lastHour
      let (origin, hour): (Int, Int) = (row["origin"], row["hour"])
      guard let kind = AlertKind.named(row["kind"]), hours.contains(origin), hours.contains(hour)
      else { return nil }
      let (stream, source): (String?, String?) = (row["stream"], row["source"])
      alert = Alert(
        kind, about: stream.map { .stream($0) } ?? source.map { .source($0) } ?? .service,
        isOver: row["is_over"], origin: origin, hour: hour,
        facts: Alert.Facts(stored: row["facts"]),
        suppressed: (row["suppressed"] as String?).flatMap(Alert.SuppressionReason.init))
      outcome = (row["outcome"] as String?).flatMap(Alert.Outcome.init)
      guard alert.facts.arePossible else { return nil }
    }
  }

  /// Alerts of all kinds about `hour` and later, oldest first.
  package func alerts(since hour: Int = .min) throws -> [JudgedAlert] {
    try alerts(where: "hour >= ?", [hour])
  }

  /// Alerts that are not delivered yet, oldest first.
  ///
  /// - Parameters:
  ///   - isActedOn: Only those for which actions were, or were not, begun; nil for all.
  ///   - limit: The most to return.
  package func undeliveredAlerts(isActedOn: Bool? = nil, limit: Int = .max) throws -> [Alert] {
    try alerts(
      where: "delivered = 0 AND is_acted_on = coalesce(?, is_acted_on)", [isActedOn], limit: limit
    ).map(\.alert)
  }

  private func alerts(
    where condition: String, _ arguments: StatementArguments, limit: Int = .max
  ) throws -> [JudgedAlert] {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT alert.*, name AS stream FROM alert LEFT JOIN stream ON stream.id = stream_id
          WHERE \(condition) ORDER BY hour, is_over, alert.id
          """, arguments: arguments)
      // Those that cannot be understood do not count, lest they take the places of others for ever.
      var alerts: [JudgedAlert] = []
      while alerts.count < limit, let row = try rows.next() {
        if let alert = JudgedAlert(row) { alerts.append(alert) }
      }
      return alerts
    }
  }

  /// Stores alerts that do not come from closing an hour, such as that the disk is full. A problem that is reported
  /// again is delivered again, even within the same hour.
  ///
  /// - Parameter alerts: The alerts, each with whether it was delivered already.
  package func store(_ alerts: [(alert: Alert, isDelivered: Bool)]) throws {
    try write { database in
      var ids = StreamIDs()
      for (alert, isDelivered) in alerts {
        try store(
          alert, isDelivered: isDelivered,
          orElse: "UPDATE SET delivered = excluded.delivered, is_acted_on = 0",
          &ids, database)
      }
    }
  }

  /// Records that an alert was delivered.
  package func markDelivered(_ id: Alert.ID) throws {
    try write { database in
      // By the index of those few that are not delivered.
      try database.execute(
        sql: "UPDATE alert SET delivered = 1 WHERE delivered = 0 AND id = ?", arguments: [id.text])
    }
  }

  /// An alert that is stored already has been or will be delivered, and is not changed. A suppressed one may be raised
  /// again from a later origin, and is then delivered.
  static let deliveredNow = """
    UPDATE SET origin = excluded.origin, facts = excluded.facts, delivered = 0, suppressed = NULL
    WHERE suppressed IS NOT NULL AND excluded.suppressed IS NULL
    """

  /// - Parameter update: The SQL for an alert that is stored already.
  func store(
    _ alert: Alert, isDelivered: Bool = false, orElse update: String, _ ids: inout StreamIDs,
    _ database: Database
  ) throws {
    try database.cachedStatement(
      sql: """
        INSERT INTO alert (id, kind, stream_id, source, is_over, origin, hour, facts, delivered, suppressed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO \(update)
        """
    ).execute(
      arguments: [
        alert.id.text, alert.kind.name, alert.stream.map { try ids.id(of: $0, database) },
        alert.source, alert.isOver, alert.origin, alert.hour, alert.facts.stored(),
        isDelivered || alert.suppressed != nil, alert.suppressed?.rawValue,
      ])
  }
}

extension Alert.Facts {
  /// The facts as JSON, with the names of the members in snake case, sorted.
  fileprivate func stored() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  fileprivate init(stored text: String) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    // Facts of another shape occur only in a forged file, and are ignored.
    self = (try? decoder.decode(Self.self, from: Data(text.utf8))) ?? Alert.Facts()
  }

  /// Whether the numbers are possible. They have no checksum, and are converted to integers and displayed.
  fileprivate var arePossible: Bool {
    let amounts = [threshold, bits].allSatisfy { $0.map((0...1e6).contains) ?? true }
    let hours = -ByteReader.lastHour...ByteReader.lastHour
    return amounts && probability.map((0...1).contains) ?? true
      && skill.map { abs($0) <= 1e6 } ?? true && hoursSilent.map(hours.contains) ?? true
  }
}
