import GRDB

/// The database IDs of stream names; a new stream is inserted when its ID is first needed.
struct StreamIDs {
  private var ids: [String: Int64] = [:]

  mutating func id(of name: String, _ database: Database) throws -> Int64 {
    if let id = ids[name] { return id }
    try database.cachedStatement(sql: "INSERT OR IGNORE INTO stream (name) VALUES (?)")
      .execute(arguments: [name])
    let id = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM stream WHERE name = ?"), arguments: [name])
    ids[name] = id
    return try ids[name] ?? { throw DatabaseError(message: "stream \(name) was not stored") }()
  }

  /// What is to be stored of many streams, in the order in which the tables have it: in any other order pages would be
  /// written several times, because few are kept in memory.
  mutating func ordered<Elements: Sequence>(
    _ elements: Elements, _ database: Database, by stream: (Elements.Element) -> String
  ) throws -> [(id: Int64, element: Elements.Element)] {
    try elements.map { (id: try id(of: stream($0), database), element: $0) }
      .sorted { $0.id < $1.id }
  }

  /// The IDs of those of these streams that are stored, as a JSON array for `json_each`: a statement takes no list, and
  /// at most 32,766 arguments.
  static func stored(of names: some Sequence<String>, _ database: Database) throws -> String {
    let statement = try database.cachedStatement(sql: "SELECT id FROM stream WHERE name = ?")
    let ids = try names.compactMap { try Int64.fetchOne(statement, arguments: [$0]) }
    return "[\(ids.map(String.init).joined(separator: ","))]"
  }
}
