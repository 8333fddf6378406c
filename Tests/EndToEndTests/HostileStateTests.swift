import Alerts
import Arithmetic
import Forecasting
import Foundation
import GRDB
import Interchange
import Monitoring
import Records
import Reporting
import Series
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// Goal: any state, model or status is shown, learned again or refused with an error; nothing traps.
///
/// Method: a state of a monitor that has trained is forged: numbers that cannot be in its tables, learned bytes and
/// models that are damaged, with corrected checksums. Then everything that the commands show is computed from it, and a
/// daemon's monitor continues with it. `FUZZ_ROUNDS` and `FUZZ_SEED` set the number of rounds and the seed.
@Suite(.serialized) struct HostileStateTests {
  private let bed: DaemonBed
  private let settings: ServiceSettings
  private let now = Int64(Date().timeIntervalSince1970)
  private let original: StateFile
  private var path: String { bed.folder.path("forged.sqlite") }

  init() throws {
    bed = try DaemonBed()
    try bed.append(try bed.sampleLines(days: 40))
    let replay = try Program.run(
      ["replay", "--config", bed.settingsPath, "--state", bed.statePath, bed.logPath],
      in: bed.folder)
    try #require(replay.status == 0, "\(replay.errors)")
    settings = try SettingsReader.ofThisMachine.read(path: bed.settingsPath)
    let queue = try DatabaseQueue(path: bed.statePath)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
    original = try StateFile(readingAt: bed.statePath)
    try #require(try original.hasModel() && !original.alerts().isEmpty)
  }

  private func copyState() throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
    try FileManager.default.copyItem(atPath: bed.statePath, toPath: path)
  }

  private func forge(_ change: (Database) throws -> Void) throws {
    try copyState()
    let queue = try DatabaseQueue(path: path)
    try queue.write(change)
    try queue.close()
  }

  // MARK: - Numbers of tables

  private enum Content { case whole, real, terms, facts, text, bytes }

  /// Column by column, with a column by which one row, or some, are chosen.
  private static let columns: [(table: String, key: String, column: String, content: Content)] = [
    ("count", "hour", "hour", .whole), ("count", "hour", "requests", .whole),
    ("forecast", "origin", "origin", .whole), ("forecast", "origin", "log_odds", .bytes),
    ("forecast", "origin", "threshold", .real), ("latest_request", "stream_id", "second", .whole),
    ("stream", "id", "terms", .terms), ("stream", "id", "is_dormant", .whole),
    ("stream", "id", "name", .text),
    ("alert", "id", "kind", .text), ("alert", "id", "origin", .whole),
    ("alert", "id", "hour", .whole), ("alert", "id", "facts", .facts),
    ("alert", "id", "outcome", .text), ("alert", "id", "suppressed", .text),
    ("alert", "id", "is_over", .whole), ("alert", "id", "source", .text),
    ("training_row", "id", "origin", .whole), ("training_row", "id", "lead", .whole),
    ("training_row", "id", "priority", .real), ("training_row", "id", "weight", .real),
    ("training_row", "id", "features", .bytes), ("training", "number", "end_hour", .whole),
    ("learned", "stream_id", "bytes", .bytes), ("memory", "name", "learned", .bytes),
    ("model", "role", "learned", .bytes),
  ]

  private static func value(_ content: Content, _ chance: inout Chance)
    -> any DatabaseValueConvertible
  {
    func one<Value>(of values: [Value]) -> Value {
      values[chance.integer(in: 0...values.count - 1)]
    }
    switch content {
    case .whole:
      return one(of: [
        Int64.min, .max, -1, 0, 1 << 33, 1 << 53, 70_000_000, 71_000_000, -70_000_000, 497_000,
      ])
    case .real: return one(of: [1e300, -1e300, 1e-300, 0, 1e18, .infinity, 1, 4e6])
    case .terms:
      let number = one(of: ["-1", "0", "9223372036854775807", "1e300", "8784", "70000000", "168"])
      return """
        {"evidenceActiveHours":\(number),"evidenceDays":3,"holdHours":\(one(of: ["1", number])),\
        "horizonHours":24,"leadHours":[1,\(one(of: ["6", number]))],"minRequests":1,\
        "timeZone":"\(one(of: ["UTC", "../../etc/passwd", "", "Europe/Berlin"]))"}
        """
    case .facts:
      let number = one(of: ["-1", "0", "9223372036854775807", "1e300", "-1e300", "7.5"])
      let name = one(of: ["probability", "threshold", "bits", "hours_silent", "skill", "reason"])
      return "{\"\(name)\":\(number),\"local_time\":\"\u{202e}\"}"
    case .text:
      return one(of: [
        "", "hit", "\u{1b}[31m\u{202e}", "silence", String(repeating: "x", count: 100_000),
      ])
    case .bytes:
      return Data(chance.bytes(count: chance.integer(in: 0...one(of: [3, 300, 20_000]))))
    }
  }

  @Test func anyNumberInATableIsShownOrRefused() throws {
    var chance = Chance(seed: Fuzzing.seed)
    var acceptedCount = 0
    for round in 0..<Fuzzing.rounds(usually: 80) {
      try forge { database in
        if chance.happens(0.3) { try database.execute(sql: "PRAGMA ignore_check_constraints = 1") }
        for _ in 0..<chance.integer(in: 1...2) {
          let (table, key, column, content) = Self.columns[
            chance.integer(in: 0...Self.columns.count - 1)]
          let rowCount = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table)") ?? 0
          let value = Self.value(content, &chance)
          let row = chance.integer(in: 0...max(0, rowCount - 1))
          // Values that the tables' own checks refuse cannot be in a state.
          try? database.execute(
            sql: """
              UPDATE OR IGNORE \(table) SET \(column) = ?
              WHERE \(key) = (SELECT \(key) FROM \(table) LIMIT 1 OFFSET ?)
              """, arguments: [value, row])
        }
      }
      if try look(round) { acceptedCount += 1 }
    }
    #expect(acceptedCount > 0)
  }

  // MARK: - What was learned

  @Test func anyLearnedBytesAreContinuedOrLearnedAgain() throws {
    let stored = try original.storedState()
    let model = try #require(stored.models.current)
    var chance = Chance(seed: Fuzzing.seed)
    func damaged(_ sealed: [UInt8]) -> [UInt8] {
      let content = Array(sealed.dropLast(8))
      return ByteWriter.sealing(
        chance.happens(0.3)
          ? Fuzzing.damaged(content, &chance) : Fuzzing.withImpossibleNumbers(content, &chance))
    }
    for round in 0..<Fuzzing.rounds(usually: 60) {
      try forge { database in
        switch chance.integer(in: 0...2) {
        case 0:
          try database.execute(
            sql: "UPDATE memory SET learned = ?", arguments: [Data(damaged(stored.memory))])
        case 1:
          for (name, stream) in stored.streams.sorted(by: { $0.key < $1.key }) {
            try database.execute(
              sql:
                "UPDATE learned SET bytes = ? WHERE stream_id = (SELECT id FROM stream WHERE name = ?)",
              arguments: [Data(damaged(stream.bytes)), name])
          }
        default:
          try database.execute(
            sql: "UPDATE model SET learned = ?", arguments: [Data(damaged(model.bytes()))])
        }
      }
      _ = try look(round)
    }
  }

  /// A model from a file passes all checks or is refused; what passes explains hours as well as it forecasts them.
  @Test func anyAcceptedModelForecastsAndExplains() throws {
    let model = try #require(try original.currentModel())
    let file = try ModelTensors(model).file
    let names = file.tensors.keys.sorted()
    let extremes: [Float] = [
      0, 1e-38, 1e6, -1e6, 1e18, -1e18, 3e38, -3e38, .infinity, .nan, 1e30, 1e36,
    ]
    var chance = Chance(seed: Fuzzing.seed)
    var (acceptedCount, refusedCount) = (0, 0)
    for round in 0..<Fuzzing.rounds(usually: 80) {
      var forged = file
      for _ in 0..<chance.integer(in: 1...3) {
        let name = names[chance.integer(in: 0...names.count - 1)]
        guard let tensor = forged.tensors[name] else { continue }
        var values = tensor.values
        for _ in 0..<chance.integer(in: 1...max(1, values.count / 4)) {
          values[chance.integer(in: 0...values.count - 1)] =
            chance.happens(0.5)
            ? extremes[chance.integer(in: 0...extremes.count - 1)]
            : Float(exp(160 * chance.uniform() - 80))
        }
        forged.tensors[name] = .init(shape: tensor.shape, values: values)
      }
      guard let model = try? ModelTensors(TensorFile(bytes: forged.bytes())).model() else {
        refusedCount += 1
        continue
      }
      acceptedCount += 1
      try copyState()
      try StateFile(path: path).adopt(model)
      #expect(try look(round))
    }
    #expect(acceptedCount > 0 && refusedCount > 0)
  }

  // MARK: - The status

  @Test func anyStatusIsShownOrRefused() throws {
    var monitor = Monitor(settings: settings.monitor)
    _ = monitor.restore(try original.storedState(), now: now)
    let whole = try report(monitor).json()
    var chance = Chance(seed: Fuzzing.seed)
    let numbers = ["9223372036854775807", "-9223372036854775808", "1e300", "-1", "1e15", "0"]
    var (shownCount, refusedCount) = (0, 0)
    for _ in 0..<Fuzzing.rounds(usually: 300) {
      var bytes = whole
      for _ in 0..<chance.integer(in: 1...3) {
        // A number of it becomes another one.
        let places = bytes.indices.filter { bytes[$0] == UInt8(ascii: ":") }
        let start = places[chance.integer(in: 0...places.count - 1)] + 2
        let end = bytes[start...].firstIndex { !Self.numberBytes.contains($0) } ?? bytes.count
        let number = numbers[chance.integer(in: 0...numbers.count - 1)]
        if end > start { bytes.replaceSubrange(start..<end, with: Array(number.utf8)) }
      }
      do {
        try show(StatusReport(json: chance.happens(0.9) ? bytes : Fuzzing.damaged(whole, &chance)))
        shownCount += 1
      } catch is UnusableStatus {
        refusedCount += 1
      }
    }
    #expect(shownCount > 0 && refusedCount > 0)
  }

  private static let numberBytes = Set("0123456789.-+eE".utf8)

  // MARK: - Looking at it

  /// Computes everything that a command shows of the state, and runs a monitor with it for a day.
  ///
  /// - Returns: False if the state was refused with an error.
  private func look(_ round: Int) throws -> Bool {
    do {
      let state = try StateFile(readingAt: path)
      let stored = try state.storedState()
      for now in [now, .max] {
        var monitor = Monitor(settings: settings.monitor)
        _ = monitor.restore(stored, now: now)
        explain(monitor)
        try show(report(monitor))
        if now != .max { try live(&monitor, now) }
      }
      let style = TerminalStyle.standardOutput
      for outlook in try StreamOutlook.all(in: state) {
        _ = ForecastText(outlook, hourCount: 24, now: now, style).lines
      }
      for judged in try state.alerts() { _ = judged.alert.message }
      _ = try state.undeliveredAlerts()
      // The program itself now and then, which has a page besides.
      if round.isMultiple(of: 25) { try runCommands() }
      return true
    } catch let error as StateFileError {
      #expect(!"\(error)".isEmpty)
      return false
    }
  }

  private func explain(_ monitor: Monitor) {
    for (name, stream) in monitor.streams.sorted(by: { $0.key < $1.key }).prefix(3) {
      let origin = stream.forecaster.origin
      for (hour, lead) in [(origin + 1, 1), (origin + 24, 1), (origin - 5, 3), (origin, 24)] {
        guard let answer = monitor.explanation(of: name, hour: hour, lead: lead) else { continue }
        #expect((0...1).contains(answer.probability))
        _ = answer.explanation.sentence
      }
    }
  }

  private func report(_ monitor: Monitor) -> StatusReport {
    StatusReport(
      version: Version.text, pid: 1, written: "2026-01-31T09:00:00Z", uptimeSeconds: 5,
      catchUp: nil,
      sources: monitor.sources.map {
        StatusReport.Source($0, nil, timeZone: "UTC", stalledBits: 20)
      },
      streams: monitor.interestingStreams().compactMap { monitor.status(of: $0) },
      totals: monitor.totals, dormantStreams: monitor.dormantCount,
      skippedHours: monitor.silenceAllowance.skippedHours,
      training: StatusReport.Training(monitor.training, monitor.modelWatch),
      actions: StatusReport.Actions(), statePath: path, stateBytes: 1, residentBytes: 1,
      problems: [])
  }

  private func show(_ report: StatusReport) throws {
    let read = try StatusReport(json: try report.json())
    _ = StatusText(read).lines
    _ = PrometheusText(read).text
    _ = ThresholdTable(read).table.lines(.standardOutput)
    _ = StatusCheck(read, now: Date()).line
    for stream in read.streams {
      let outlook = StreamOutlook(stream) { _ in .utc }
      _ = ForecastText(outlook, hourCount: 24, now: now, .standardOutput).lines
    }
  }

  private func live(_ monitor: inout Monitor, _ now: Int64) throws {
    var probabilities: [Double] = []
    for effect in monitor.handle(.drained(source: 0, positions: PositionChanges()))
      + monitor.handle(.tick(now: now + 86_400)) + monitor.handle(.stopping)
    {
      if case .commit(let changes) = effect {
        probabilities += changes.forecasts.flatMap(\.probabilities)
      }
    }
    #expect(probabilities.allSatisfy { (0...1).contains($0) })
  }

  private func runCommands() throws {
    let names = (try? StateFile(readingAt: path).streamRecords().map(\.name)) ?? []
    let hour = UTCTime(seconds: now + 3_600).text.prefix(13)
    let commands =
      [["alerts"], ["alerts", "--json"], ["forecast"], ["forecast", "--json"], ["report"]]
      + names.prefix(1).map { ["explain", $0, String(hour)] }
    for command in commands {
      let config =
        command[0] == "explain" || command[0] == "alerts" ? ["--config", bed.settingsPath] : []
      let result = try Program.run(command + config + ["--state", path], in: bed.folder)
      #expect([0, 65, 66, 74].contains(result.status), "\(command): \(result.errors)")
    }
  }
}
