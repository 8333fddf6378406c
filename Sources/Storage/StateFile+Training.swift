import Forecasting
import Foundation
import GRDB
import Monitoring

/// Storing the results of training runs, and the training rows.
extension StateFile {
  func storeTraining(_ changes: Changes, _ database: Database) throws {
    for report in changes.reports {
      let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
      try database.execute(
        sql: "INSERT OR REPLACE INTO training (number, end_hour, report) VALUES (?, ?, ?)",
        arguments: [report.number, report.endHour, text])
    }
    for change in changes.networkChanges {
      let before = change.modelsBefore
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO network_change
            (number, hour, is_full, is_adopted, current_before, previous_before)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          change.number, change.hour, change.isFull, change.isAdopted,
          before?.current.map { Data($0.bytes()) }, before?.previous.map { Data($0.bytes()) },
        ])
      try database.execute(
        sql: "DELETE FROM network_change WHERE hour < ?",
        arguments: [change.hour - NetworkChange.keptHours])
    }
    guard let models = changes.models else { return }
    for (role, model) in [("current", models.current), ("previous", models.previous)] {
      guard let model else { continue }
      try database.execute(
        sql: "INSERT OR REPLACE INTO model (role, learned) VALUES (?, ?)",
        arguments: [role, Data(model.bytes())])
    }
  }

  func store(
    _ changes: [TrainingBuffer.Change], _ ids: inout StreamIDs, _ database: Database
  ) throws {
    for change in changes {
      switch change {
      case .added(let row):
        try database.cachedStatement(
          sql: """
            INSERT INTO training_row (stream_id, origin, lead, priority, weight, features)
            VALUES (?, ?, ?, ?, ?, ?)
            """
        ).execute(
          arguments: [
            ids.id(of: row.stream, database), row.origin, row.lead, row.priority,
            Double(row.weight), row.features.withUnsafeBytes { Data($0) },
          ])
      case .dropped(let rule):
        try database.execute(
          sql:
            "DELETE FROM training_row WHERE priority >= CASE WHEN origin < ? THEN ? ELSE ? END",
          arguments: [rule.learnedBefore, rule.sampleShare, rule.waitingShare])
      case .forgotten(let streams):
        // One statement for all, because it scans the table. Some of the streams may be deleted already.
        try database.execute(
          sql: """
            DELETE FROM training_row WHERE stream_id IN (SELECT value FROM json_each(?))
            """, arguments: [StreamIDs.stored(of: streams, database)])
      case .forgottenAll: try database.execute(sql: "DELETE FROM training_row")
      }
    }
  }
}
