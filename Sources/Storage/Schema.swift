import GRDB

/// The tables of the state file, as numbered migrations, which are never changed, only added to.
///
/// Hours are whole hours since 1970-01-01T00:00:00Z. The views show the data in readable form for users of `sqlite3`.
enum Schema {
  /// Whether there are no tables yet, or those of a state: another program's file must not get ours.
  static func isOursOrEmpty(_ database: Database) throws -> Bool {
    let hasTables = try Bool.fetchOne(
      database,
      sql: """
        SELECT EXISTS (
          SELECT 1 FROM sqlite_master WHERE name <> 'grdb_migrations' AND name NOT LIKE 'sqlite_%')
        """)
    guard hasTables ?? false else { return true }
    return try !migrator.appliedIdentifiers(database).isEmpty
  }

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 counts, forecasts, alerts, models") { database in
      try database.execute(sql: first)
    }
    migrator.registerMigration("2 cursors of the journal") { database in
      try database.execute(sql: second)
    }
    migrator.registerMigration("3 alerts that are withheld") { database in
      try database.execute(sql: third)
    }
    migrator.registerMigration("4 explanations of alerts") { database in
      try database.execute(sql: "ALTER TABLE alert ADD COLUMN explanation TEXT")
    }
    migrator.registerMigration("5 streams that are parked") { database in
      try database.execute(
        sql: """
          ALTER TABLE stream ADD COLUMN
            is_parked INTEGER NOT NULL DEFAULT 0 CHECK (is_parked IN (0, 1))
          """)
    }
    migrator.registerMigration("6 alerts that are delivered or suppressed") { database in
      try database.execute(sql: sixth)
    }
    migrator.registerMigration("7 forecasts by hour, what was learned apart") { database in
      try database.execute(sql: seventh)
    }
    migrator.registerMigration("8 health events") { database in
      try database.execute(sql: eighth)
    }
    migrator.registerMigration("9 rows to learn from") { database in
      try database.execute(sql: ninth)
    }
    migrator.registerMigration("10 what forecasts are held against") { database in
      try database.execute(
        sql: """
          ALTER TABLE forecast ADD COLUMN threshold REAL CHECK (threshold BETWEEN 0 AND 1);
          ALTER TABLE stream ADD COLUMN terms TEXT CHECK (terms IS NULL OR json_valid(terms));
          """)
    }
    migrator.registerMigration("10 facts of alerts") { database in
      try database.execute(
        sql: """
          ALTER TABLE alert ADD COLUMN local_time TEXT;
          ALTER TABLE alert ADD COLUMN habit TEXT;
          """)
    }
    migrator.registerMigration("11 alerts of all kinds") { database in
      try database.execute(sql: eleventh)
    }
    migrator.registerMigration("12 seals of counts and positions") { database in
      try database.execute(sql: Checksums.tables)
    }
    migrator.registerMigration("13 streams that are forgotten, networks of the last days") {
      database in
      try database.execute(sql: thirteenth)
    }
    migrator.registerMigration("14 streams that are dormant") { database in
      try database.execute(sql: "ALTER TABLE stream RENAME COLUMN is_parked TO is_dormant")
    }
    migrator.registerMigration("15 forecasts as log-odds") { database in
      database.add(function: StoredProbabilities.fromList)
      try database.execute(sql: fifteenth)
      database.remove(function: StoredProbabilities.fromList)
    }
    migrator.registerMigration("16 alerts by hour") { database in
      try database.execute(sql: sixteenth)
    }
    migrator.registerMigration("17 what a start asks of a stream") { database in
      try database.execute(
        sql: "ALTER TABLE learned ADD COLUMN header BLOB NOT NULL DEFAULT x''")
    }
    migrator.registerMigration("18 actions that are outstanding") { database in
      try database.execute(sql: eighteenth)
    }
    migrator.registerMigration("19 newest requests apart") { database in
      try database.execute(sql: nineteenth)
    }
    return migrator
  }()

  /// Health events become alerts, and the facts, which differ by kind, one JSON column.
  private static let eleventh = """
    DROP VIEW alerts;
    CREATE TABLE alert_of_any_kind (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      stream_id INTEGER REFERENCES stream ON DELETE CASCADE,
      source TEXT CHECK (source IS NULL OR stream_id IS NULL),
      is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
      origin INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      facts TEXT NOT NULL CHECK (json_valid(facts)),
      delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
      suppressed TEXT,
      outcome TEXT CHECK (outcome IN ('hit', 'early', 'late', 'false'))
    ) STRICT, WITHOUT ROWID;
    INSERT INTO alert_of_any_kind
      SELECT id, kind, stream_id, NULL, 0, origin, hour,
        json_patch('{}', json_object(
          'probability', \(exact("probability")), 'threshold', \(exact("threshold")),
          'bits', \(exact("bits")), 'hours_silent', hours_silent, 'explanation', explanation,
          'local_time', local_time, 'habit', habit)),
        delivered, suppressed, outcome
      FROM alert;
    INSERT OR IGNORE INTO alert_of_any_kind
      SELECT id, kind, NULL, source, is_over, hour, hour,
        json_patch('{}', json_object(
          'bits', \(exact("bits")), 'skill', \(exact("skill")), 'hours_silent', hours_silent,
          'reason', reason)),
        delivered, NULL, NULL
      FROM health_event;
    DROP TABLE alert;
    DROP TABLE health_event;
    ALTER TABLE alert_of_any_kind RENAME TO alert;
    CREATE INDEX alert_by_hour ON alert (hour);
    CREATE INDEX alert_undelivered ON alert (delivered) WHERE delivered = 0;

    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, source, is_over,
        datetime(hour * 3600, 'unixepoch') AS hour_utc, hour - origin AS lead_hours,
        json_extract(facts, '$.probability') AS probability, json_extract(facts, '$.bits') AS bits,
        outcome, suppressed, json_extract(facts, '$.reason') AS reason, alert.id
      FROM alert LEFT JOIN stream ON stream.id = stream_id;
    """

  /// A number as JSON with 17 digits, because SQLite itself writes only 15, which is not exact. An infinite number
  /// becomes NULL.
  private static func exact(_ column: String) -> String {
    "CASE WHEN abs(\(column)) < 1e300 THEN json(printf('%!.17g', \(column))) END"
  }

  /// Deleting a stream must not scan all rows: the two long tables, which have no index by stream, lose their foreign
  /// key, and their rows must be deleted before the stream.
  private static let thirteenth = """
    DROP VIEW judged_forecast;
    CREATE TABLE forecast_by_hour (
      origin INTEGER NOT NULL,
      stream_id INTEGER NOT NULL,
      probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
      threshold REAL CHECK (threshold BETWEEN 0 AND 1),
      PRIMARY KEY (origin, stream_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO forecast_by_hour (origin, stream_id, probabilities, threshold)
      SELECT origin, stream_id, probabilities, threshold FROM forecast ORDER BY origin, stream_id;
    DROP TABLE forecast;
    ALTER TABLE forecast_by_hour RENAME TO forecast;
    \(judgedForecasts)

    CREATE TABLE chosen_row (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      stream_id INTEGER NOT NULL,
      origin INTEGER NOT NULL,
      lead INTEGER NOT NULL CHECK (lead > 0),
      priority REAL NOT NULL,
      weight REAL NOT NULL,
      features BLOB NOT NULL
    ) STRICT;
    INSERT INTO chosen_row SELECT * FROM training_row ORDER BY id;
    DROP TABLE training_row;
    ALTER TABLE chosen_row RENAME TO training_row;

    CREATE TABLE network_change (
      number INTEGER PRIMARY KEY,
      hour INTEGER NOT NULL,
      is_full INTEGER NOT NULL CHECK (is_full IN (0, 1)),
      is_adopted INTEGER NOT NULL CHECK (is_adopted IN (0, 1)),
      current_before BLOB,
      previous_before BLOB
    ) STRICT;
    ALTER TABLE learned ADD COLUMN run_count INTEGER NOT NULL DEFAULT 0;

    CREATE INDEX alert_by_stream ON alert (stream_id);
    CREATE INDEX training_by_hour ON training (end_hour);
    """

  private static let fifteenth = """
    DROP VIEW judged_forecast;
    CREATE TABLE forecast_in_bytes (
      origin INTEGER NOT NULL,
      stream_id INTEGER NOT NULL,
      log_odds BLOB NOT NULL,
      threshold REAL CHECK (threshold BETWEEN 0 AND 1),
      PRIMARY KEY (origin, stream_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO forecast_in_bytes
      SELECT origin, stream_id, log_odds_from_list(probabilities), threshold
      FROM forecast ORDER BY origin, stream_id;
    DROP TABLE forecast;
    ALTER TABLE forecast_in_bytes RENAME TO forecast;

    CREATE VIEW judged_forecast AS
      WITH RECURSIVE lead(hours) AS
        (SELECT 1 UNION ALL SELECT hours + 1 FROM lead WHERE hours < 8784)
      SELECT stream.name AS stream,
        datetime(origin * 3600, 'unixepoch') AS origin_utc,
        lead.hours AS lead_hours,
        datetime((origin + lead.hours) * 3600, 'unixepoch') AS hour_utc,
        \(StoredProbabilities.sql("log_odds", lead: "lead.hours")) AS probability,
        coalesce(requests, 0) AS requests
      FROM forecast
        JOIN stream ON stream.id = forecast.stream_id
        JOIN lead ON lead.hours <= length(log_odds) / 2
        LEFT JOIN count
          ON count.stream_id = forecast.stream_id AND count.hour = origin + lead.hours;
    """

  /// Alerts are ordered by hour, so that those of an hour are written in one place of the file. Facts are not checked:
  /// readers ignore what is no JSON, and checking those of a year takes longer than all other checks of the file.
  private static let sixteenth = """
    DROP VIEW alerts;
    CREATE TABLE alert_in_order (
      hour INTEGER NOT NULL,
      id TEXT NOT NULL,
      kind TEXT NOT NULL,
      stream_id INTEGER REFERENCES stream ON DELETE CASCADE,
      source TEXT CHECK (source IS NULL OR stream_id IS NULL),
      is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
      origin INTEGER NOT NULL,
      facts TEXT NOT NULL,
      delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
      suppressed TEXT,
      outcome TEXT CHECK (outcome IN ('hit', 'early', 'late', 'false')),
      PRIMARY KEY (hour, id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO alert_in_order
      SELECT hour, id, kind, stream_id, source, is_over, origin, facts, delivered, suppressed, outcome
      FROM alert INDEXED BY alert_by_hour ORDER BY hour, id;
    DROP TABLE alert;
    ALTER TABLE alert_in_order RENAME TO alert;
    CREATE INDEX alert_by_stream ON alert (stream_id);
    CREATE INDEX alert_undelivered ON alert (delivered) WHERE delivered = 0;

    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, source, is_over,
        datetime(hour * 3600, 'unixepoch') AS hour_utc, hour - origin AS lead_hours,
        json_extract(known, '$.probability') AS probability, json_extract(known, '$.bits') AS bits,
        outcome, suppressed, json_extract(known, '$.reason') AS reason, alert.id
      FROM (SELECT *, iif(json_valid(facts), facts, '{}') AS known FROM alert) AS alert
        LEFT JOIN stream ON stream.id = stream_id;
    """

  /// Of each alert one row for each action that is not done yet.
  private static let eighteenth = """
    ALTER TABLE alert ADD COLUMN
      is_acted_on INTEGER NOT NULL DEFAULT 0 CHECK (is_acted_on IN (0, 1));
    CREATE TABLE action (
      hour INTEGER NOT NULL,
      alert_id TEXT NOT NULL,
      kind TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      due_second INTEGER NOT NULL,
      PRIMARY KEY (hour, alert_id, kind),
      FOREIGN KEY (hour, alert_id) REFERENCES alert (hour, id) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// Of many streams every page of the streams' table would be written every hour.
  private static let nineteenth = """
    CREATE TABLE latest_request (
      stream_id INTEGER PRIMARY KEY REFERENCES stream ON DELETE CASCADE,
      second INTEGER NOT NULL
    ) STRICT;
    INSERT INTO latest_request
      SELECT id, latest_request FROM stream WHERE latest_request IS NOT NULL ORDER BY id;
    ALTER TABLE stream DROP COLUMN latest_request;
    """
}
