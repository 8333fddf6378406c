import Forecasting
import Glibc
import Host
import Monitoring
import Records
import Series
import Storage

/// The cost of streams by their number and by the length of their history: closing an hour with its commits, the
/// longest step between which the daemon handles signals and lines, bytes written, memory, state size, and a start
/// after a power failure (reading everything, and closing again the hours since each stream was stored).
///
/// Each point is measured in a separate process, so that memory is measured separately. The streams come from
/// `StreamYears`; no network is trained meanwhile.
enum ScaleBenchmark {
  static let argument = "--scale-point"
  /// Packs the streams, however few they are.
  static let packedArgument = "--packed"

  private struct Point {
    var streamCount: Int
    var days: Int
    var isPacked: Bool
    var name: String
  }

  private static let columns = [
    "", "hour's end", "its commits", "longest part", "written an hour", "read again",
    "closed again",
    "resident", "state",
  ]

  /// - Parameter streamCounts: The numbers of streams of the first table.
  static func table(streamCounts: [Int], isPacked: Bool) -> String {
    let streams = streamCounts.map { count in
      Point(
        streamCount: count, days: 21, isPacked: isPacked,
        name: count == 1 ? "1 stream" : "\(count) streams")
    }
    let years = [1, 2, 5].map { years in
      Point(
        streamCount: 10, days: 365 * years, isPacked: isPacked,
        name: years == 1 ? "1 year of 10" : "\(years) years of 10")
    }
    return [
      "By number of streams, with three weeks of each; the last hours' median, processor time:",
      table(streams), "", "By years of ten streams:", table(years),
    ].joined(separator: "\n")
  }

  private static func table(_ points: [Point]) -> String {
    let rows = [columns] + points.map { [$0.name] + (answer($0) ?? ["failed"]) }
    let widths = columns.indices.map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private static func answer(_ point: Point) -> [String]? {
    let packing = point.isPacked ? packedArgument : ""
    let command =
      "exec '\(Child.ownPath)' \(argument) \(point.streamCount) \(point.days) \(packing)"
    guard let pipe = popen(command, "r") else { return nil }
    defer { pclose(pipe) }
    var line = [CChar](repeating: 0, count: 400)
    guard fgets(&line, Int32(line.count), pipe) != nil else { return nil }
    return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(whereSeparator: \.isNewline).first?.split(separator: ";").map(String.init)
  }

  // MARK: - One point

  /// The work of the separate process: prints the cells of its row.
  static func runPoint(_ arguments: [String]) throws {
    guard let place = arguments.firstIndex(of: argument), place + 2 < arguments.count,
      let streamCount = Int(arguments[place + 1]), let days = Int(arguments[place + 2])
    else { return }
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(folder)/harbinger-benchmark-\(getpid()).sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
    var settings = MonitorSettings(sources: [.init(name: "web")])
    settings.maxStreams = max(settings.maxStreams, streamCount)
    if arguments.contains(packedArgument) { settings.unpackedStreams = 0 }
    settings.relearnedHours = .max
    let state = try StateFile(path: path)
    let lived = try live(settings, state, streamCount: streamCount, hours: 24 * days)
    var monitor = Monitor(settings: settings)
    monitor.compression = StoredBytes.compression
    var relearned: [String] = []
    let start = processorSeconds()
    relearned = monitor.restore(try state.storedState(), inParts: true).relearned
    let reading = processorSeconds() - start
    let closingAgain = processorSeconds {
      while monitor.isRestoring { _ = monitor.handle(.tick(now: lived.now)) }
    }
    precondition(relearned.isEmpty && monitor.streams.count == lived.streamCount, "all is stored")
    let cells = [
      "\(rounded(lived.closing * 1e3)) ms", "\(rounded(lived.committing * 1e3)) ms",
      "\(rounded(lived.longest * 1e3)) ms", "\(rounded(lived.writtenBytes / 1e6)) MB",
      "\(rounded(reading)) s", "\(rounded(closingAgain)) s",
      "\(rounded(lived.residentBytes / 1e6)) MB",
      "\(rounded(Double(try state.sizeBytes()) / 1e6)) MB",
    ]
    print(cells.joined(separator: ";"))
  }

  private struct Lived {
    var closing: Double
    var committing: Double
    var longest: Double
    var writtenBytes: Double
    var residentBytes: Double
    /// Within a few days, some streams have no request.
    var streamCount: Int
    var now: Int64
  }

  /// Simulates one day after this many hours. Each stream is stored once a day, so these are typical hours.
  private static func live(
    _ settings: MonitorSettings, _ state: StateFile, streamCount: Int, hours: Int
  ) throws -> Lived {
    var monitor = HourEnd.prepared(settings, streamCount: streamCount, hours: hours)
    var known = Changes()
    for (name, stream) in monitor.streams {
      for bucket in stream.series.buckets {
        known.counts[Changes.Count(stream: name, hour: bucket.hour)] = bucket.count
      }
    }
    try state.commit(known)
    try perform(monitor.handle(.stopping), &monitor, state)
    var now = Int64(StreamYears.firstHour + hours) * 3_600 + 120
    var closing: [Double] = []
    var committing: [Double] = []
    var longest: [Double] = []
    let before = writtenBytes
    for _ in 0..<24 {
      now += 3_600
      let hour = Int(now) / 3_600 - 1
      var events: [Event] = [
        .records(
          source: 0, batch: requests(of: monitor, in: hour), positions: PositionChanges()),
        .drained(source: 0, positions: PositionChanges()),
      ]
      var closed = 0.0
      var committed = 0.0
      repeat {
        var effects: [Effect] = []
        let event = events.isEmpty ? .tick(now: now) : events.removeFirst()
        let handling = processorSeconds { effects = monitor.handle(event) }
        let start = processorSeconds()
        try perform(effects, &monitor, state)
        let performing = processorSeconds() - start
        longest.append(handling + performing)
        closed += handling
        committed += performing
      } while !events.isEmpty || monitor.openHour.map { $0 <= hour } ?? false
        || monitor.hasHoursToClose
      closing.append(closed)
      committing.append(committed)
    }
    let written = (writtenBytes - before) / 24
    ProcessMemory.returnUnused()
    return Lived(
      closing: closing.median, committing: committing.median, longest: longest.max() ?? 0,
      writtenBytes: written, residentBytes: Double(ProcessFacts.residentBytes ?? 0),
      streamCount: monitor.streams.count, now: now)
  }

  /// The same requests as a week before.
  private static func requests(of monitor: Monitor, in hour: Int) -> RecordBatch {
    var batch = RecordBatch()
    let tallies = monitor.streams.compactMap { name, stream -> RecordBatch.Tally? in
      let count = stream.series.count(at: hour - 168)
      let key = String(name.dropFirst("web:".count))
      return count == 0
        ? nil : .init(key: key, hour: hour, count: count, latest: Int64(hour) * 3_600)
    }
    batch.segments = [.init(watermark: Int64(hour) * 3_600, tallies: tallies)]
    return batch
  }

  private static func perform(
    _ effects: [Effect], _ monitor: inout Monitor, _ state: StateFile
  ) throws {
    for effect in effects {
      switch effect {
      case .commit(let changes): try state.commit(changes)
      case .train(let job):
        try perform(monitor.handle(.trained(job.skipped())), &monitor, state)
      case .load, .publish: break
      }
    }
  }

  /// The bytes that this process has written to the disk.
  private static var writtenBytes: Double {
    let bytes = (try? SmallFile.read("/proc/self/io", limitBytes: 1 << 12)).flatMap { $0 } ?? []
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("write_bytes:") }
    return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
  }

  private static func rounded(_ value: Double) -> String {
    let decimals = value < 10 ? 100.0 : value < 100 ? 10 : 1
    let rounded = (value * decimals).rounded() / decimals
    return decimals == 1 ? "\(Int(rounded))" : "\(rounded)"
  }
}
