import Alerts
import Forecasting
import Foundation
import GRDB
import Glibc
import Monitoring
import Storage
import TestSupport
import Testing

/// States of earlier versions, and upgrades that are killed.
struct UpgradeTests {
  /// Goal: no learned data is lost, and the bytes are read unchanged. Method: an entry of every kind.
  @Test func whatWasLearnedByTheTenthVersionIsRead() throws {
    let shelf = try Shelf()
    try MigrationTests.write(
      MigrationTests.tenth + EarlierState.restOfTenth + Self.rows, to: shelf.path)
    let state = try shelf.open()
    let forecasts = try state.forecasts()
    #expect(forecasts.map(\.stream) == ["web", "web"])
    #expect(forecasts.map(\.hour) == [490_947, 490_948])
    #expect(forecasts.map(\.threshold) == [nil, 0.625])
    #expect(forecasts[0].isNear([0.25, 0.75]) && forecasts[1].isNear([0.5]))
    #expect(try state.streamRecords().map(\.terms?.timeZone) == ["Europe/Berlin"])
    let stored = try state.storedState()
    #expect(stored.streams["web"]?.bytes == [1, 2, 3] && stored.streams["web"]?.runCount == 0)
    #expect(
      stored.trainingRows == [
        .init(stream: "web", origin: 7, lead: 3, priority: 0.25, weight: 1.5, features: [1, 2])
      ])
    #expect(stored.networkChanges == [])

    var changes = Changes()
    changes.trainingRows = [
      .added(.init(stream: "web", origin: 8, lead: 3, priority: 0, weight: 1, features: [0, 1]))
    ]
    changes.streams = ["web": LearnedStream(bytes: [4])]
    changes.runCount = 3
    changes.networkChanges = [
      NetworkChange(number: 3, hour: 490_949, isFull: true, isAdopted: false, modelsBefore: nil)
    ]
    try state.commit(changes)
    let next = try state.storedState()
    #expect(next.trainingRows.map(\.origin) == [7, 8])
    #expect(next.streams["web"]?.bytes == [4] && next.streams["web"]?.runCount == 3)
    #expect(next.networkChanges == changes.networkChanges)
  }

  /// Goal: an upgrade that is killed is done by the next start, with all there was. Method: a state of the eighth
  /// version with many forecasts, whose migration takes its time, and the real daemon, killed after a growing delay
  /// until it has started.
  @Test func aKilledMigrationIsDoneByTheNextStart() throws {
    let bed = try DaemonBed()
    try MigrationTests.write(
      MigrationTests.eighth + EarlierState.restOfEighth, to: bed.statePath)
    try DatabaseQueue(path: bed.statePath).write { database in
      try database.execute(
        sql: """
          INSERT INTO forecast SELECT 490000 - value, 1, '[0.25,0.75]'
          FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 300000)
            SELECT value FROM n)
          """)
    }
    var hasStarted = false
    for round in 0..<200 where !hasStarted {
      let daemon = try RunningProgram(["run", "--config", bed.settingsPath], in: bed.folder)
      usleep(UInt32(20_000 * (round + 1)))
      hasStarted = daemon.errors.contains("Harbinger started")
      daemon.send(SIGKILL)
      daemon.waitUntilExit()
      let counts = try DatabaseQueue(path: bed.statePath).read {
        try Int.fetchAll($0, sql: "SELECT requests FROM count")
      }
      #expect(counts == [2])
    }
    #expect(hasStarted)
    let state = try StateFile(readingAt: bed.statePath)
    #expect(try state.counts() == [.init(stream: "web", hour: 490_947): 2])
    #expect(try state.alerts().first?.alert.facts.explanation == "because")
  }

  /// Rows with learned data of the tenth version.
  private static let rows = """
    INSERT INTO training_row VALUES (9, 1, 7, 3, 0.25, 1.5, X'003C0040');
    INSERT INTO forecast VALUES (490947, 1, '[0.25,0.75]', NULL);
    INSERT INTO forecast VALUES (490948, 1, '[0.5]', 0.625);
    INSERT INTO learned VALUES (1, X'010203');
    INSERT INTO count VALUES (1, 490947, 2);
    UPDATE stream SET terms = '{"evidenceActiveHours":5,"evidenceDays":3,"holdHours":1,"horizonHours":24,\
    "leadHours":[1,6],"minRequests":1,"timeZone":"Europe/Berlin"}';
    """
}

/// Tables of earlier versions that hold nothing that matters to most tests of migrations.
enum EarlierState {
  private static let both = """
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
    CREATE TABLE cursor (
      source TEXT NOT NULL,
      machine TEXT NOT NULL,
      entry TEXT NOT NULL,
      PRIMARY KEY (source, machine)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE model (role TEXT PRIMARY KEY, learned BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE training (
      number INTEGER PRIMARY KEY,
      end_hour INTEGER NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report))
    ) STRICT;
    """

  static let restOfEighth = both + "CREATE VIEW judged_forecast AS SELECT origin FROM forecast;"

  static let restOfTenth =
    both + """
      CREATE TABLE forecast (
        origin INTEGER NOT NULL,
        stream_id INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,
        probabilities TEXT NOT NULL CHECK (json_valid(probabilities)),
        threshold REAL CHECK (threshold BETWEEN 0 AND 1),
        PRIMARY KEY (origin, stream_id)
      ) STRICT, WITHOUT ROWID;
      CREATE VIEW judged_forecast AS SELECT origin FROM forecast;
      CREATE TABLE learned (
        stream_id INTEGER PRIMARY KEY REFERENCES stream ON DELETE CASCADE,
        bytes BLOB NOT NULL
      ) STRICT;
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
