import Foundation
import Host
import Records
import TestSupport
import Testing

/// Lines that stand in the settings themselves: the worked example of where a source is added.
struct ListOrigin: SourceOrigin {
  let texts: [String]

  func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
    ListSource(name: source.name, texts: texts)
  }
}

final class ListSource: BufferedSource {
  private let name: String
  private var waiting: [String]
  private var hasReportedEnd = false
  private(set) var lines: [UInt8] = []
  let deadlineSeconds: Double? = nil

  init(name: String, texts: [String]) {
    self.name = name
    waiting = texts
  }

  var isReady: Bool { !hasReportedEnd }

  /// Of a source that waits for something: `wakeups.add(descriptor, as: number)`.
  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {}

  func refresh(isAwake: Bool, nowSeconds: Double) {}

  func advance() -> Chunk? {
    hasReportedEnd = waiting.isEmpty
    guard !waiting.isEmpty else { return nil }
    lines = Array("\(waiting.removeFirst())\n".utf8)
    return Chunk(path: name, byteCount: lines.count)
  }

  func status() -> SourceStatus {
    SourceStatus(name: name, isDrained: waiting.isEmpty)
  }

  func reconfigure(_ source: SourceDescription) -> Bool { false }
}

struct SourceSetTests {
  private static let line =
    #"10.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#

  /// Sources of every kind stand side by side, each with the lines that are its own.
  @Test func sourcesAreReadInTheOrderOfTheSettings() throws {
    let folder = try TemporaryFolder()
    try folder.write("\(Self.line)\n", to: "a.log")
    let sources = SourceSet(
      [
        SourceDescription(name: "list", origin: ListOrigin(texts: [Self.line, Self.line])),
        SourceDescription(name: "files", origin: FilePaths([folder.path("a.log")])),
      ], positions: [], cursors: [:], reusing: [], nowSeconds: 1_000)
    sources.refresh(nowSeconds: 1_000)
    var counts: [Int] = []
    for source in sources.all {
      var parser = try RecordParser(
        settings: ParserSettings(), compilePattern: Pattern.compile)
      var batch = RecordBatch()
      while source.isReady, let chunk = source.advance() {
        source.parse(chunk, by: &parser, now: 4_000_000_000, into: &batch)
      }
      counts.append(batch.segments.flatMap(\.tallies).reduce(0) { $0 + $1.count })
    }
    #expect(counts == [2, 1])
    #expect(sources.all.map { $0.status().name } == ["list", "files"])
    #expect(sources.all.allSatisfy { !$0.isReady && $0.problems == [] })
  }
}
