import Arithmetic
import Foundation
import GRDB

/// Sums by which the state file is known to say what was stored. SQLite finds a damaged page only where its shape is
/// wrong; a bit that fell in a number would be a wrong count, and in a position lines that are counted twice.
///
/// A stream's counts are summed up by triggers, whoever writes them. Positions and cursors are few, and digested
/// whole after each change. What was learned has checksums of its own; names of streams stand in an index as well.
enum Seals {
  /// Of one count: not linear, so that two counts that are exchanged are noticed.
  private static func sum(_ row: String) -> String {
    let mixed =
      "((\(row)stream_id * 97003 + \(row)hour * 2654435 + \(row)requests * 40503) % 2147483647)"
    return "(\(mixed) * \(mixed) % 4294967291)"
  }

  static let tables = """
    CREATE TABLE count_seal (
      stream_id INTEGER PRIMARY KEY REFERENCES stream ON DELETE CASCADE,
      value INTEGER NOT NULL
    ) STRICT;
    INSERT INTO count_seal SELECT stream_id, sum\(sum("")) FROM count GROUP BY stream_id;
    CREATE TRIGGER count_added AFTER INSERT ON count BEGIN
      INSERT INTO count_seal VALUES (new.stream_id, \(sum("new.")))
        ON CONFLICT DO UPDATE SET value = value + excluded.value;
    END;
    CREATE TRIGGER count_changed AFTER UPDATE ON count BEGIN
      UPDATE count_seal SET value = value - \(sum("old.")) + \(sum("new."))
        WHERE stream_id = new.stream_id;
    END;
    CREATE TRIGGER count_removed AFTER DELETE ON count BEGIN
      UPDATE count_seal SET value = value - \(sum("old.")) WHERE stream_id = old.stream_id;
    END;

    CREATE TABLE seal (
      name TEXT PRIMARY KEY,
      digest INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  /// Tables that are digested whole.
  static let digested = ["position", "cursor"]

  /// After a change of one of these.
  static func renew(_ table: String, _ database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO seal (name, digest) VALUES (?, ?)")
      .execute(arguments: [table, digest(of: table, database)])
  }

  /// A row whose stream was changed may be found by a search for another and not in a walk through the table, or the
  /// other way round: both are held to the sums.
  ///
  /// - Returns: What is not as it was stored, in words; nil: nothing.
  static func broken(_ database: Database) throws -> String? {
    let stream = try String.fetchOne(
      database,
      sql: """
        SELECT 'counts' FROM stream LEFT JOIN count_seal ON stream_id = id
        WHERE coalesce(value, 0) <>
          (SELECT coalesce(sum\(sum("")), 0) FROM count WHERE count.stream_id = stream.id)
        UNION ALL
        SELECT 'counts' WHERE (SELECT coalesce(sum(value), 0) FROM count_seal)
          <> (SELECT coalesce(sum(\(sum(""))), 0) FROM count)
        UNION ALL
        SELECT 'streams' FROM count_seal WHERE stream_id NOT IN (SELECT id FROM stream)
        LIMIT 1
        """)
    if let stream { return "its \(stream) are not those that were stored" }
    for table in digested {
      let stored = try Int64.fetchOne(
        database, sql: "SELECT digest FROM seal WHERE name = ?", arguments: [table])
      // A file of an older version has none before its first change.
      if let stored, try stored != digest(of: table, database) {
        return "its \(table)s are not those that were stored"
      }
    }
    return nil
  }

  private static func digest(of table: String, _ database: Database) throws -> Int64 {
    var hash = FNV1a()
    let rows = try Row.fetchCursor(database.cachedStatement(sql: "SELECT * FROM \(table)"))
    while let row = try rows.next() {
      for value in row.databaseValues {
        switch value.storage {
        case .null: hash.combine(word: 1)
        case .int64(let number): hash.combine(word: UInt64(bitPattern: number))
        case .double(let number): hash.combine(word: number.bitPattern)
        case .string(let text): hash.combine(text.utf8)
        case .blob(let bytes): hash.combine(bytes)
        }
        // So that no byte can move from one value to the next.
        hash.combine(word: 0xff)
      }
    }
    return Int64(bitPattern: hash.value)
  }
}
