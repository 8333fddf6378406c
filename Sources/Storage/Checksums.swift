import Arithmetic
import Foundation
import GRDB

/// Checksums of counts and positions in the state file. SQLite detects a damaged page only if its structure is wrong; a
/// flipped bit in a number would give a wrong count, and in a position lines that are counted twice.
///
/// Triggers maintain a checksum of each stream's counts on every write. Positions and cursors are few, and hashed as a
/// whole after each change. Learned bytes contain their own checksums, and stream names are also in an index.
enum Checksums {
  /// The checksum of one count; not linear, so that it detects two exchanged counts.
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

  /// The tables that are hashed as a whole.
  static let digested = ["position", "cursor"]

  /// Updates the checksum of a table after a change.
  static func update(_ table: String, _ database: Database) throws {
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO seal (name, digest) VALUES (?, ?)")
      .execute(arguments: [table, digest(of: table, database)])
  }

  /// Compares the data with the checksums. A row with a damaged key may be found by a search and not by a full scan, or
  /// the other way round, so both are checked.
  ///
  /// - Returns: What does not match, in words; nil if everything does.
  static func mismatch(_ database: Database) throws -> String? {
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
      // A file of an older version has no checksum before its first change.
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
        // A separator, so that moving a byte between values changes the hash.
        hash.combine(word: 0xff)
      }
    }
    return Int64(bitPattern: hash.value)
  }
}
