import Alerts
import Forecasting
import Foundation
import GRDB
import Monitoring
import Records
import Series
import Storage
import Testing

/// States exactly as earlier versions wrote them.
struct MigrationTests {
  @Test func aStateOfTheFifthVersionKeepsAllThatItHolds() throws {
    let shelf = try Shelf()
    try Self.write(Self.fifth, to: shelf.path)
    let state = try shelf.open()
    #expect(
      try state.counts() == [
        .init(stream: "web:b", hour: 490_900): 1, .init(stream: "web:b", hour: 490_924): 1,
        .init(stream: "web:b", hour: 490_948): 1, .init(stream: "web:a", hour: 490_899): 1,
        .init(stream: "web:a", hour: 490_923): 1, .init(stream: "web:a", hour: 490_947): 1,
      ])
    #expect(try state.forecasts().map(\.stream) == ["web:a", "web:b", "web:b"])
    #expect(try state.forecasts().map(\.hour) == [490_947, 490_946, 490_947])
    #expect(try state.forecasts().allSatisfy { $0.isNear([0.25, 0.125, 1e-6]) })
    let alerts = try state.alerts()
    #expect(alerts.map(\.alert.kind) == [.silence, .upcoming, .unexpected])
    #expect(alerts.map(\.outcome) == [nil, .hit, nil])
    #expect(alerts.map(\.alert.suppressed) == [nil, nil, .quietHours])
    #expect(alerts.map(\.alert.facts.explanation) == [nil, "because", nil])
    #expect(try state.undeliveredAlerts().map(\.kind) == [.silence])
    #expect(try state.cursors() == ["journal": ["": "s=1;i=2"]])
    #expect(try state.positions().map(\.offset) == [100])
    #expect(try state.positions().map(\.identity.inode) == [UInt64.max - 1])
    let stored = try state.storedState()
    #expect(stored.memory == [1, 2, 3])
    #expect(stored.streams.mapValues(\.bytes) == ["web:b": [0, 255, 7]])
    #expect(stored.streams["web:b"]?.latestRequest == nil)
    #expect(stored.dormant.keys.sorted() == ["web:a"])
  }

  /// What that version did not store is absent; new data is stored completely.
  @Test func aStateOfTheEighthVersionIsContinued() throws {
    let shelf = try Shelf()
    try Self.write(Self.eighth + EarlierState.restOfEighth, to: shelf.path)
    let state = try shelf.open()
    #expect(try state.forecasts().map(\.hour) == [490_947])
    #expect(try state.forecasts().allSatisfy { $0.isNear([0.25, 0.75]) })
    #expect(try state.streamRecords().map(\.terms) == [nil])
    let old = try #require(try state.alerts().first)
    #expect(old.alert.facts.explanation == "because" && old.outcome == .hit)
    #expect(old.alert.facts.localTime == nil && old.alert.facts.habit == nil)

    var changes = Changes.counts([("web", 490_948, 1)])
    changes.forecasts = [
      .init(stream: "web", hour: 490_948, probabilities: [0.5, 0.5], threshold: 0.625)
    ]
    changes.terms = [
      "web": StreamTerms(timeZone: "UTC", forecast: ForecastSettings(), alert: AlertSettings())
    ]
    var alert = Alert.sample(hour: 490_950)
    alert.facts.localTime = "Tue 06:00 UTC"
    alert.facts.habit = "active on 6 of the last 7 Tuesdays"
    changes.alerts = [alert]
    try state.commit(changes)
    #expect(try state.forecasts().last == changes.forecasts[0])
    #expect(try state.streamRecords().map(\.terms) == [changes.terms["web"]])
    #expect(try state.alerts().last?.alert == alert)
  }

  /// Alerts and health events become alerts of all kinds, to the last bit of their numbers.
  @Test func aStateWithHealthEventsKeepsThemAsAlerts() throws {
    let shelf = try Shelf()
    try Self.write(Self.tenth + EarlierState.restOfTenth, to: shelf.path)
    let state = try shelf.open()
    var silence = Alert(
      kind: .silence, stream: "web", origin: 490_901, hour: 490_901, probability: 0.1 + 0.2,
      threshold: 10, bits: 10.0 / 3, hoursSilent: 7)
    silence.facts.explanation = #"mostly "by" the hour"#
    silence.facts.localTime = "Tue 06:00 UTC"
    silence.facts.habit = "active on 6 of the last 7 Tuesdays"
    let upcoming = Alert(
      kind: .upcoming, stream: "web", origin: 490_900, hour: 490_902, probability: 1 - 1e-6,
      threshold: 0.5, suppressed: .quietHours)
    let stall = Alert(
      .stalledSource, about: .source("web"), hour: 490_903,
      facts: Alert.Facts(bits: 20.5, hoursSilent: 7))
    let stallOver = Alert(
      .stalledSource, about: .source("web"), isOver: true, hour: 490_904,
      facts: Alert.Facts(hoursSilent: 9, reason: "no lines came from web"))
    let degraded = Alert(
      .modelDegraded, about: .service, hour: 490_905, facts: Alert.Facts(skill: -1.0 / 3))
    let problem = Alert(
      .stateProblem, about: .service, hour: 490_906, facts: Alert.Facts(reason: "no space left"))
    #expect(
      try state.alerts().map(\.alert) == [silence, upcoming, stall, stallOver, degraded, problem])
    #expect(try state.alerts().map(\.outcome) == [nil, .hit, nil, nil, nil, nil])
    #expect(try state.undeliveredAlerts() == [silence, stall, problem])
    // Alerts that are found again have the IDs of the stored ones.
    var changes = Changes()
    changes.alerts = [silence, stall, stallOver, degraded]
    try state.commit(changes)
    #expect(try state.alerts().count == 6)
    #expect(try state.undeliveredAlerts() == [silence, stall, problem])
  }

  /// A command of this version beside a running daemon of the previous version.
  @Test func anOlderStateIsNotReadInPlace() throws {
    let shelf = try Shelf()
    try Self.write(Self.fifth, to: shelf.path)
    #expect(throws: StateFileError.older(shelf.path)) { try StateFile(readingAt: shelf.path) }
  }

  /// Forecasts to be deleted are found without reading all of them.
  @Test func forecastsArePrunedByTheirKey() throws {
    let shelf = try Shelf()
    _ = try shelf.open()
    let plan = try DatabaseQueue(path: shelf.path).read {
      try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN DELETE FROM forecast WHERE origin < 7")
    }
    let details: [String] = plan.map { $0["detail"] }
    #expect(details.contains { $0.contains("SEARCH forecast USING PRIMARY KEY (origin<?)") })
  }

  /// Tables may refer to ones that follow.
  static func write(_ sql: String, to path: String) throws {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    try DatabaseQueue(path: path, configuration: configuration).write { try $0.execute(sql: sql) }
  }

  /// Its tables of alerts, as it made them, and one of each kind of alert.
  static let tenth = """
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    CREATE TABLE stream (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      is_parked INTEGER NOT NULL DEFAULT 0 CHECK (is_parked IN (0, 1)), latest_request INTEGER, terms TEXT CHECK (terms IS NULL OR json_valid(terms))) STRICT;
    CREATE TABLE count (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      hour INTEGER NOT NULL,
      requests INTEGER NOT NULL CHECK (requests > 0),
      PRIMARY KEY (stream_id, hour)
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
      delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
      outcome TEXT CHECK (outcome IN ('hit', 'early', 'late', 'false'))
    , suppressed TEXT, explanation TEXT, local_time TEXT, habit TEXT) STRICT, WITHOUT ROWID;
    CREATE INDEX alert_by_hour ON alert (hour);
    CREATE TABLE memory (
      name TEXT PRIMARY KEY,
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, datetime(hour * 3600, 'unixepoch') AS hour_utc,
        hour - origin AS lead_hours, probability, bits, outcome, suppressed, alert.id
      FROM alert JOIN stream ON stream.id = stream_id;
    CREATE INDEX alert_undelivered ON alert (delivered) WHERE delivered = 0;
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
    INSERT INTO grdb_migrations VALUES ('1 counts, forecasts, alerts, models'),
      ('2 cursors of the journal'),
      ('3 alerts that are withheld'),
      ('4 explanations of alerts'),
      ('5 streams that are parked'),
      ('6 alerts that are delivered or suppressed'),
      ('7 forecasts by hour, what was learned apart'),
      ('8 health events'),
      ('9 rows to learn from'),
      ('10 what forecasts are held against'),
      ('10 facts of alerts');
    INSERT INTO stream (id, name) VALUES (1, 'web');
    INSERT INTO alert VALUES ('72073064e7f2c1e5', 'silence', 1, 490901, 490901, 0.1 + 0.2, 10, 10.0 / 3, 7, 0, NULL,
      NULL, 'mostly "by" the hour', 'Tue 06:00 UTC', 'active on 6 of the last 7 Tuesdays');
    INSERT INTO alert VALUES ('7880b03bcbe7ac61', 'upcoming', 1, 490900, 490902, 1 - 1e-6, 0.5, NULL, NULL, 1, 'hit',
      'quiet hours', NULL, NULL, NULL);
    INSERT INTO health_event VALUES
      ('5717551d6e61fce7', 'stalled source', 0, 490903, 'web', 7, 20.5, NULL, NULL, 0),
      ('634757129f039d4d', 'stalled source', 1, 490904, 'web', 9, NULL, NULL, 'no lines came from web', 1),
      ('94998e7c2c52aaaa', 'model degraded', 0, 490905, NULL, NULL, NULL, -1.0 / 3, NULL, 1),
      ('b331845a274ec9b6', 'state problem', 0, 490906, NULL, NULL, NULL, NULL, 'no space left', 0);
    """

  /// Only its differences to the fifth version, without tables that the tests do not need.
  static let eighth = """
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO grdb_migrations VALUES ('1 counts, forecasts, alerts, models'),
      ('2 cursors of the journal'), ('3 alerts that are withheld'), ('4 explanations of alerts'),
      ('5 streams that are parked'), ('6 alerts that are delivered or suppressed'),
      ('7 forecasts by hour, what was learned apart'), ('8 health events');
    CREATE TABLE stream (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      is_parked INTEGER NOT NULL DEFAULT 0 CHECK (is_parked IN (0, 1)), latest_request INTEGER) STRICT;
    INSERT INTO stream VALUES (1, 'web', 0, 1767412800);
    CREATE TABLE count (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      hour INTEGER NOT NULL,
      requests INTEGER NOT NULL CHECK (requests > 0),
      PRIMARY KEY (stream_id, hour)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO count VALUES (1, 490947, 2);
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
      delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
      outcome TEXT CHECK (outcome IN ('hit', 'early', 'late', 'false'))
    , suppressed TEXT, explanation TEXT) STRICT, WITHOUT ROWID;
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
    CREATE VIEW alerts AS
      SELECT kind, stream.name AS stream, datetime(hour * 3600, 'unixepoch') AS hour_utc,
        hour - origin AS lead_hours, probability, bits, outcome, suppressed, alert.id
      FROM alert JOIN stream ON stream.id = stream_id;
    INSERT INTO alert VALUES ('00000000000000aa', 'upcoming', 1, 490945, 490947, 0.81, 0.5, NULL, NULL, 1,
      'hit', NULL, 'because');
    CREATE TABLE forecast (
      origin INTEGER NOT NULL,
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
      PRIMARY KEY (origin, stream_id)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO forecast VALUES (490947, 1, '[0.25,0.75]');
    CREATE TABLE learned (
      stream_id INTEGER PRIMARY KEY REFERENCES stream ON DELETE CASCADE,
      bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE memory (
      name TEXT PRIMARY KEY,
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    """

  private static let fifth = """
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
    , withheld TEXT, explanation TEXT) STRICT, WITHOUT ROWID;
    INSERT INTO "alert" VALUES ('00000000000000aa','upcoming',1,490900,490902,0.81,0.5,NULL,NULL,1,'hit',NULL,'because');
    INSERT INTO "alert" VALUES ('00000000000000bb','silence',1,490901,490901,0.9,10.0,12.5,7,0,NULL,NULL,NULL);
    INSERT INTO "alert" VALUES ('00000000000000cc','unexpected',1,490902,490902,0.01,0.003,8.5,NULL,1,NULL,'quiet hours',NULL);
    CREATE TABLE count (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      hour INTEGER NOT NULL,
      requests INTEGER NOT NULL CHECK (requests > 0),
      PRIMARY KEY (stream_id, hour)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO "count" VALUES (1,490900,1);
    INSERT INTO "count" VALUES (1,490924,1);
    INSERT INTO "count" VALUES (1,490948,1);
    INSERT INTO "count" VALUES (2,490899,1);
    INSERT INTO "count" VALUES (2,490923,1);
    INSERT INTO "count" VALUES (2,490947,1);
    CREATE TABLE cursor (
      source TEXT NOT NULL,
      machine TEXT NOT NULL,
      entry TEXT NOT NULL,
      PRIMARY KEY (source, machine)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO "cursor" VALUES ('journal','','s=1;i=2');
    CREATE TABLE forecast (
      stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
      origin INTEGER NOT NULL,
      probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
      PRIMARY KEY (stream_id, origin)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO "forecast" VALUES (1,490946,'[0.25,0.125,1e-06]');
    INSERT INTO "forecast" VALUES (1,490947,'[0.25,0.125,1e-06]');
    INSERT INTO "forecast" VALUES (2,490947,'[0.25,0.125,1e-06]');
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO "grdb_migrations" VALUES ('1 counts, forecasts, alerts, models');
    INSERT INTO "grdb_migrations" VALUES ('2 cursors of the journal');
    INSERT INTO "grdb_migrations" VALUES ('3 alerts that are withheld');
    INSERT INTO "grdb_migrations" VALUES ('4 explanations of alerts');
    INSERT INTO "grdb_migrations" VALUES ('5 streams that are parked');
    CREATE TABLE memory (
      name TEXT PRIMARY KEY,
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO "memory" VALUES ('monitor',X'010203');
    CREATE TABLE model (
      role TEXT PRIMARY KEY CHECK (role IN ('current', 'previous')),
      learned BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
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
    INSERT INTO "position" VALUES ('web',1,-2,'/var/log/a b.log',4096,-7,100,9);
    CREATE TABLE stream (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      learned BLOB NOT NULL DEFAULT x''
    , is_parked INTEGER NOT NULL DEFAULT 0 CHECK (is_parked IN (0, 1))) STRICT;
    INSERT INTO "stream" VALUES (1,'web:b',X'00FF07',0);
    INSERT INTO "stream" VALUES (2,'web:a',X'',1);
    CREATE TABLE training (
      number INTEGER PRIMARY KEY,
      end_hour INTEGER NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report))
    ) STRICT;
    CREATE INDEX alert_by_hour ON alert (hour);
    CREATE INDEX alert_to_tell ON alert (told) WHERE told = 0;
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
        hour - origin AS lead_hours, probability, bits, outcome, withheld, alert.id
      FROM alert JOIN stream ON stream.id = stream_id;
    """
}
