import Arithmetic
import Foundation
import Glibc
import Host
import Records
import Testing

/// A backlog read ahead by other threads gives the same result as one that the loop reads alone: the same counts by key
/// and hour in the same segments, the same rejections and positions.
@Suite("Intake read ahead") struct IntakeReadAheadTests {
  private final class Folder: LogDirectory {
    let directory: String

    init() throws {
      let folder = URL.temporaryDirectory.appending(path: "read-ahead-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      directory = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Files cut off, or added to, byte by byte.
    func change(_ name: String, _ body: (inout Data) -> Void) {
      var bytes = FileManager.default.contents(atPath: path(name)) ?? Data()
      body(&bytes)
      _ = FileManager.default.createFile(atPath: path(name), contents: bytes)
    }
  }

  /// What was stored of a source.
  private struct Stored: Equatable {
    var batch = RecordBatch()
    var positions: [FilePosition.Key: FilePosition] = [:]
    var problems: [IntakeProblem] = []
  }

  private static let now: Int64 = 1_900_000_000
  /// 2026-10-24T00:00:00Z, a day before clocks in Berlin go back.
  private static let start: Int64 = 1_792_800_000

  /// Reads all there is.
  ///
  /// - Parameter chunksPerLife: After this number of chunks the reader is killed before it stores the last one.
  private static func read(
    _ folder: Folder, _ settings: ParserSettings, readAheadLimit: Int, chunksPerLife: Int = .max,
    into stored: inout Stored
  ) throws -> (isParsedCount: Int, chunkCount: Int) {
    var counts = (isParsedCount: 0, chunkCount: 0)
    var isDone = false
    while !isDone {
      var parser = try RecordParser(settings: settings, compilePattern: Pattern.compile)
      parser.watermark = stored.batch.segments.last?.watermark
      var tail = LogTail(
        sources: [
          TailSource(
            name: "web", paths: [folder.path("access.log*")], start: .beginning,
            maxLineBytes: settings.maxLineBytes, needsOutlines: parser.needsOutlines)
        ], positions: Array(stored.positions.values), maxChunkBytes: 1 << 16,
        readAheadLimit: readAheadLimit, nowSeconds: 1_000)
      tail.refresh(nowSeconds: 1_000)
      var left = chunksPerLife
      while true {
        guard let chunk = tail.advance(source: 0) else {
          isDone = true
          break
        }
        var batch = RecordBatch()
        tail.parse(chunk, source: 0, by: &parser, now: Self.now, into: &batch)
        counts.chunkCount += 1
        if chunk.isParsed { counts.isParsedCount += 1 }
        // A chunk that is only decoded again after a kill has no lines.
        if chunk.byteCount > 0 {
          if left == 0 { break }
          left -= 1
        }
        stored.batch.append(batch, graceSeconds: settings.graceSeconds)
        let changes = tail.takePositionChanges(source: 0)
        for key in changes.forgotten { stored.positions[key] = nil }
        for position in changes.updated { stored.positions[position.key] = position }
      }
      stored.problems = tail.problems(source: 0)
    }
    return counts
  }

  private static func expectTheSame(
    _ folder: Folder, _ settings: ParserSettings, isReadAhead: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var alone = Stored()
    var together = Stored()
    let one = try read(folder, settings, readAheadLimit: 0, into: &alone)
    let many = try read(folder, settings, readAheadLimit: 3, into: &together)
    #expect(one.isParsedCount == 0, sourceLocation: sourceLocation)
    if isReadAhead { #expect(many.isParsedCount > 0, sourceLocation: sourceLocation) }
    #expect(alone.batch.lineCount > 0, sourceLocation: sourceLocation)
    #expect(alone == together, sourceLocation: sourceLocation)
    // The same once more, as a replay reads it.
    let paths = try FileManager.default.contentsOfDirectory(atPath: folder.directory)
      .sorted { $0.localizedStandardCompare($1) == .orderedDescending }.map { folder.path($0) }
    let replays = try [0, 3].map { limit in
      var parser = try RecordParser(settings: settings, compilePattern: Pattern.compile)
      var reader = OneShotReader(
        paths: paths, maxLineBytes: settings.maxLineBytes, maxChunkBytes: 1 << 16,
        readAheadLimit: limit)
      var batch = RecordBatch()
      while let chunk = reader.advance() {
        reader.parse(chunk, by: &parser, now: Self.now, into: &batch)
      }
      #expect(
        reader.byteCount == reader.totalByteCount || !reader.problems.isEmpty,
        sourceLocation: sourceLocation)
      return (batch, reader.problems)
    }
    #expect(replays[0].0 == replays[1].0, sourceLocation: sourceLocation)
    #expect(replays[0].1 == replays[1].1, sourceLocation: sourceLocation)
    #expect(replays[0].0.lineCount > 0, sourceLocation: sourceLocation)
  }

  /// Lines of one file whose bytes do not compress well.
  private static func lines(
    _ count: Int, from second: Int64, every seconds: Double, seed: UInt64,
    _ line: (_ second: Int64, _ noise: String) -> String
  ) -> String {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { number in
      let noise = String(random.next(), radix: 36) + String(random.next(), radix: 36)
      return line(second + Int64(Double(number) * seconds), noise) + "\n"
    }.joined()
  }

  private static func date(_ second: Int64, _ layout: String) -> String {
    var time = time_t(second)
    var parts = tm()
    gmtime_r(&time, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, layout, &parts)
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func combined(_ second: Int64, _ noise: String) -> String {
    let stamp = date(second, "%d/%b/%Y:%H:%M:%S +0000")
    return #"h\#(noise.utf8.count % 7) - - [\#(stamp)] "GET /\#(noise) HTTP/1.1" 200 5"#
  }

  /// Five rotated files, the newest with the smallest number, and the log itself.
  private static func backlog(
    _ folder: Folder, hoursPerFile: Int = 5, _ line: (Int64, String) -> String
  ) {
    for file in 0..<6 {
      let name = file == 5 ? "access.log" : "access.log.\(5 - file)"
      let count = 22_000
      let text = lines(
        count, from: start + Int64(file * hoursPerFile) * 3_600,
        every: Double(hoursPerFile) * 3_600 / Double(count), seed: UInt64(file), line)
      folder.write(text, to: name)
      switch file {
      case 0, 2, 4: folder.gzip(name)
      case 1: folder.run("zstd", name)
      default: break
      }
    }
    try? FileManager.default.removeItem(atPath: folder.path("access.log.4"))
  }

  @Test func gzipZstdAndPlainFilesOfABacklog() throws {
    let folder = try Folder()
    Self.backlog(folder, Self.combined)
    try Self.expectTheSame(folder, ParserSettings(key: "{host}"))
  }

  /// Truncated files, files of several members, lines that are too long, of another format, or without a line break at
  /// the end.
  @Test func damagedGrowingAndUntidyFiles() throws {
    let folder = try Folder()
    Self.backlog(folder) { second, noise in
      switch second % 1_001 {
      case 0: String(repeating: noise, count: 60)
      case 1: noise
      // Far back, and far ahead.
      case 2: Self.combined(second - 40_000, noise)
      case 3: Self.combined(Self.now + 1_000_000, noise)
      default: Self.combined(second, noise)
      }
    }
    folder.change("access.log.5.gz") { $0.removeLast($0.count / 3) }
    folder.change("access.log.3.gz") { bytes in
      bytes += FileManager.default.contents(atPath: folder.path("access.log.1.gz")) ?? Data()
    }
    folder.write("an unfinished line", to: "access.log.2")
    let settings = ParserSettings(key: "{host}", maxLineBytes: 1_000)
    try Self.expectTheSame(folder, settings)

    // What is added to the files meanwhile is read once, too.
    let whole = FileManager.default.contents(atPath: folder.path("access.log.1.gz"))!
    folder.change("access.log.1.gz") { $0.removeLast(200_000) }
    var alone = Stored()
    var together = Stored()
    for (limit, stored) in [(0, false), (3, true)] {
      folder.change("access.log.1.gz") { $0 = whole.dropLast(200_000) }
      var mine = Stored()
      _ = try Self.read(folder, settings, readAheadLimit: limit, into: &mine)
      folder.change("access.log.1.gz") { $0 = whole }
      _ = try Self.read(folder, settings, readAheadLimit: limit, into: &mine)
      if stored { together = mine } else { alone = mine }
    }
    #expect(alone.batch == together.batch)
    #expect(alone.problems == together.problems)
  }

  /// State that is passed from file to file: the year, the repeated hour of autumn, and the columns for a file without
  /// a header.
  @Test func whatLinesSayAboutTheNextFile() throws {
    let berlin = try TimeZoneRules(
      name: "Europe/Berlin",
      tzif: [UInt8](
        try #require(FileManager.default.contents(atPath: "/usr/share/zoneinfo/Europe/Berlin"))))
    func local(_ second: Int64, _ layout: String) -> String {
      Self.date(second + Int64(berlin.offset(at: second)), layout)
    }
    // Files end within the repeated hour, and between its two passes.
    for hours in [25, 13] {
      let folder = try Folder()
      Self.backlog(folder, hoursPerFile: hours) { second, noise in
        "\(local(second, "%Y-%m-%dT%H:%M:%S")) h\(noise.utf8.count % 5) p: \(noise)"
      }
      try Self.expectTheSame(
        folder, ParserSettings(format: .syslog, timeZone: berlin, key: "{host}"))
    }
    let yearless = try Folder()
    Self.backlog(yearless, hoursPerFile: 60 * 24) { second, noise in
      "\(local(second, "%b %e %H:%M:%S")) h p: \(noise)"
    }
    try Self.expectTheSame(yearless, ParserSettings(format: .syslog, timeZone: berlin))
    let headless = try Folder()
    Self.backlog(headless) { second, noise in
      let fields = "#Fields: date time cs-uri-stem c-ip\n"
      let isFirst = second == Self.start || (second - Self.start) == 15 * 3_600
      let record = Self.date(second, "%Y-%m-%d %H:%M:%S") + " /\(noise) h"
      return (isFirst ? fields : "") + record
    }
    try Self.expectTheSame(headless, ParserSettings(format: .extended, key: "{path}"))
  }

  @Test func partsOfContainersAndObjects() throws {
    let containers = try Folder()
    Self.backlog(containers) { second, noise in
      "\(Self.date(second, "%Y-%m-%dT%H:%M:%S"))Z stdout \(second % 3 == 0 ? "P" : "F") \(noise)"
    }
    try Self.expectTheSame(containers, ParserSettings(format: .cri))
    let objects = try Folder()
    Self.backlog(objects) { #"{"ts":\#($0),"path":"/\#($1)","host":"h\#($0 % 3)"}"# }
    try Self.expectTheSame(objects, ParserSettings(format: .json, key: "{host}{path}"))
  }

  /// Goal: a reader that is killed in the middle of a backlog continues from what it has stored.
  @Test(arguments: [10, 25]) func killedReadersLoseNothing(chunksPerLife: Int) throws {
    let folder = try Folder()
    Self.backlog(folder, Self.combined)
    var alone = Stored()
    _ = try Self.read(folder, ParserSettings(key: "{host}"), readAheadLimit: 0, into: &alone)
    var killed = Stored()
    _ = try Self.read(
      folder, ParserSettings(key: "{host}"), readAheadLimit: 3, chunksPerLife: chunksPerLife,
      into: &killed)
    #expect(killed.batch == alone.batch)
    #expect(killed.positions == alone.positions)
  }
}
