package import Alerts
import Foundation
import GRDB
import Series

/// Alerts of all kinds: stored, listed, and marked when they are delivered.
extension StateFile {
  /// An alert and its outcome, if that is known.
  package struct JudgedAlert: Equatable, Sendable {
    package var alert: Alert
    package var outcome: Alert.Outcome?

    /// Nil: of a kind that is not known, or with numbers that cannot be.
    fileprivate init?(_ row: Row) {
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
          SELECT alert.*, name AS stream FROM alert LEFT JOIN stream ON stream.id = stream_id
          WHERE \(condition) ORDER BY hour, is_over, alert.id
          """, arguments: arguments
      ).compactMap(JudgedAlert.init)
    }
  }

  /// Stores alerts that come from no line and no hour's end, such as that the disk is full. The same problem
  /// is delivered again if it is reported again, also within the hour.
  ///
  /// - Parameter alerts: Each with whether it was delivered already.
  package func store(_ alerts: [(alert: Alert, isDelivered: Bool)]) throws {
    try write { database in
      var ids = try StreamIDs(database)
      for (alert, isDelivered) in alerts {
        try store(
          alert, isDelivered: isDelivered, orElse: "UPDATE SET delivered = excluded.delivered",
          &ids, database)
      }
    }
  }

  /// Records that an alert was delivered.
  package func markDelivered(_ id: Alert.ID) throws {
    try write { database in
      try database.execute(sql: "UPDATE alert SET delivered = 1 WHERE id = ?", arguments: [id.text])
    }
  }

  /// An alert that is stored already was delivered, or is about to be, and stays as it is. A suppressed one may
  /// be found again, from an hour nearer to its own, when it may be delivered.
  static let deliveredNow = """
    UPDATE SET origin = excluded.origin, facts = excluded.facts, delivered = 0, suppressed = NULL
    WHERE suppressed IS NOT NULL AND excluded.suppressed IS NULL
    """

  /// - Parameter update: What is done where the alert is stored already.
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
  /// As it is stored: by the names of its members, in snake case, in order.
  fileprivate func stored() throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  fileprivate init(stored text: String) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    // Facts of another shape, which nothing but a forged file has, are as good as none.
    self = (try? decoder.decode(Self.self, from: Data(text.utf8))) ?? Alert.Facts()
  }

  /// Nothing seals the file: integers are made of these numbers, and they are shown.
  fileprivate var arePossible: Bool {
    let amounts = [threshold, bits].allSatisfy { $0.map((0...1e6).contains) ?? true }
    let hours = -ByteReader.lastHour...ByteReader.lastHour
    return amounts && probability.map((0...1).contains) ?? true
      && skill.map { abs($0) <= 1e6 } ?? true && hoursSilent.map(hours.contains) ?? true
  }
}
