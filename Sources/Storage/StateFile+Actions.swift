package import Alerts
import GRDB

/// What alerts ask for and is not done yet.
extension StateFile {
  /// Something that is to be done about an alert, or to be tried again.
  package struct OutstandingAction: Hashable, Sendable {
    package let alert: Alert
    package let kind: ActionKind
    /// The number of attempts that failed.
    package let attempts: Int
    /// When it is to be tried next, in seconds since the epoch.
    package let dueSeconds: Int64

    package init(_ kind: ActionKind, of alert: Alert, attempts: Int = 0, dueSeconds: Int64) {
      self.alert = alert
      self.kind = kind
      self.attempts = attempts
      self.dueSeconds = dueSeconds
    }
  }

  /// - Parameter limit: More than so many are not returned; the newest are.
  /// - Returns: Ordered by the hour of the alert. Those that cannot be understood are left out.
  package func outstandingActions(limit: Int) throws -> [OutstandingAction] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT alert.*, name AS stream, action.kind AS action, attempts, due_second
          FROM action JOIN alert ON alert.hour = action.hour AND alert.id = alert_id
            LEFT JOIN stream ON stream.id = stream_id
          ORDER BY action.hour DESC, alert_id DESC, action.kind DESC LIMIT ?
          """, arguments: [limit]
      ).reversed().compactMap { row in
        guard let kind = ActionKind(rawValue: row["action"]), let judged = JudgedAlert(row) else {
          return nil
        }
        return OutstandingAction(
          kind, of: judged.alert, attempts: row["attempts"], dueSeconds: row["due_second"])
      }
    }
  }

  /// Stores what has changed, or, if it throws, nothing.
  ///
  /// - Parameters:
  ///   - outstanding: Actions that are to be done, or tried again. Of an alert that is not stored nothing is.
  ///   - over: Actions that are done or given up.
  ///   - alerts: Whose actions are all among these.
  package func store(
    outstanding: [OutstandingAction], over: [(kind: ActionKind, alert: Alert)],
    actedOn alerts: [Alert]
  ) throws {
    try write { database in
      for alert in alerts {
        try database.cachedStatement(
          sql: "UPDATE alert SET is_acted_on = 1 WHERE hour = ? AND id = ?"
        ).execute(arguments: [alert.hour, alert.id.text])
      }
      for action in outstanding {
        try database.cachedStatement(
          sql: """
            INSERT OR REPLACE INTO action (hour, alert_id, kind, attempts, due_second)
            SELECT hour, id, ?, ?, ? FROM alert WHERE hour = ? AND id = ?
            """
        ).execute(
          arguments: [
            action.kind.rawValue, action.attempts, action.dueSeconds, action.alert.hour,
            action.alert.id.text,
          ])
      }
      for (kind, alert) in over {
        try database.cachedStatement(
          sql: "DELETE FROM action WHERE hour = ? AND alert_id = ? AND kind = ?"
        ).execute(arguments: [alert.hour, alert.id.text, kind.rawValue])
      }
    }
  }
}
