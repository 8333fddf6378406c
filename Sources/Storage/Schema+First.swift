/// The first ten migrations.
extension Schema {
  static let first = """
    CREATE TABLE position (
      source TEXT NOT NULL,
      device INTEGER NOT NULL,
      inode INTEGER NOT NULL,
      path TEXT NOT NULL,
      fingerprint_length INTEGER NOT NULL CHECK (fingerprint_length >= 0),
      fingerprint INTEGER NOT NULL,
      bytes_read INTEGER NOT NULL CHECK (bytes_read >= 0),
      recent_fingerprint INTEGER,
      PRIMARY KEY (source, device, inode)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE stream (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      learned BLOB NOT NULL DEFAULT x''
    ) STRICT;

    CREATE TABLE count (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      hour INTEGER NOT NULL,
      requests INTEGER NOT NULL CHECK (requests > 0),
      PRIMARY KEY (stream_id, hour)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE forecast (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      origin INTEGER NOT NULL,
      probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
      PRIMARY KEY (stream_id, origin)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE alert (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      origin INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
      threshold REAL NOT NULL,
      bits REAL,
      hours_silent INTEGER,
      told INTEGER NOT NULL CHECK (told IN (0, 1)),
      outcome TEXT CHECK (outcome IN ('hit', 'early', 'late', 'false'))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alert_by_hour ON alert (hour);
    CREATE INDEX alert_to_tell ON alert (told) WHERE told = 0;

    CREATE TABLE model (
      role TEXT PRIMARY KEY CHECK (role IN ('current', 'previous')),
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE training (
      number INTEGER PRIMARY KEY,
      end_hour INTEGER NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report))
    ) STRICT;

    CREATE TABLE memory (
      name TEXT PRIMARY KEY,
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE VIEW hourly AS
      SELECT name AS stream, datetime(hour * 3600, 'unixepoch') AS hour_utc, requests
      FROM count JOIN stream ON stream.id = stream_id;

    CREATE VIEW judged_forecast AS
      SELECT stream.name AS stream,
        datetime(origin * 3600, 'unixepoch') AS origin_utc,
        lead.key + 1 AS lead_hours,
        datetime((origin + lead.key + 1) * 3600, 'unixepoch') AS hour_utc,
        lead.value AS probability,
        coalesce(requests, 0) AS requests
      FROM forecast
        JOIN stream ON stream.id = forecast.stream_id
        JOIN json_each(probabilities) AS lead
        LEFT JOIN count
          ON count.stream_id = forecast.stream_id AND count.hour = origin + lead.key + 1;

    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, datetime(hour * 3600, 'unixepoch') AS hour_utc,
        hour - origin AS lead_hours, probability, bits, outcome, alert.id
      FROM alert JOIN stream ON stream.id = stream_id;
    """

  static let second = """
    CREATE TABLE cursor (
      source TEXT NOT NULL,
      machine TEXT NOT NULL,
      entry TEXT NOT NULL,
      PRIMARY KEY (source, machine)
    ) STRICT, WITHOUT ROWID;
    """

  static let third = """
    ALTER TABLE alert ADD COLUMN withheld TEXT;

    DROP VIEW alerts;
    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, datetime(hour * 3600, 'unixepoch') AS hour_utc,
        hour - origin AS lead_hours, probability, bits, outcome, withheld, alert.id
      FROM alert JOIN stream ON stream.id = stream_id;
    """

  static let sixth = """
    DROP INDEX alert_to_tell;
    ALTER TABLE alert RENAME COLUMN told TO delivered;
    ALTER TABLE alert RENAME COLUMN withheld TO suppressed;
    CREATE INDEX alert_undelivered ON alert (delivered) WHERE delivered = 0;
    """

  /// Forecasts are ordered by origin, so that an hour is written and pruned in one place of the file. The learned bytes
  /// get a separate table, because they are long and change rarely.
  static let seventh = """
    DROP VIEW judged_forecast;
    CREATE TABLE forecast_by_hour (
      origin INTEGER NOT NULL,
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
      PRIMARY KEY (origin, stream_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO forecast_by_hour (origin, stream_id, probabilities)
      SELECT origin, stream_id, probabilities FROM forecast ORDER BY origin, stream_id;
    DROP TABLE forecast;
    ALTER TABLE forecast_by_hour RENAME TO forecast;

    \(judgedForecasts)

    CREATE TABLE learned (
      stream_id INTEGER PRIMARY KEY REFERENCES stream ON DELETE CASCADE,
      bytes BLOB NOT NULL
    ) STRICT;
    INSERT INTO learned (stream_id, bytes)
      SELECT id, learned FROM stream WHERE length(learned) > 0;
    ALTER TABLE stream DROP COLUMN learned;
    ALTER TABLE stream ADD COLUMN latest_request INTEGER;
    """

  /// Each forecast with the requests of its hour.
  static let judgedForecasts = """
    CREATE VIEW judged_forecast AS
      SELECT stream.name AS stream,
        datetime(origin * 3600, 'unixepoch') AS origin_utc,
        lead.key + 1 AS lead_hours,
        datetime((origin + lead.key + 1) * 3600, 'unixepoch') AS hour_utc,
        lead.value AS probability,
        coalesce(requests, 0) AS requests
      FROM forecast
        JOIN stream ON stream.id = forecast.stream_id
        JOIN json_each(probabilities) AS lead
        LEFT JOIN count
          ON count.stream_id = forecast.stream_id AND count.hour = origin + lead.key + 1;
    """

  static let eighth = """
    CREATE TABLE health_event (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      is_over INTEGER NOT NULL CHECK (is_over IN (0, 1)),
      hour INTEGER NOT NULL,
      source TEXT,
      hours_silent INTEGER,
      bits REAL,
      skill REAL,
      reason TEXT,
      delivered INTEGER NOT NULL CHECK (delivered IN (0, 1))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX health_event_undelivered ON health_event (delivered) WHERE delivered = 0;
    """

  /// Rows are read in the order of insertion; their IDs are never reused.
  static let ninth = """
    CREATE TABLE training_row (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      origin INTEGER NOT NULL,
      lead INTEGER NOT NULL CHECK (lead > 0),
      priority REAL NOT NULL,
      weight REAL NOT NULL,
      features BLOB NOT NULL
    ) STRICT;
    """
}
