import Alerts
import Forecasting
import Monitoring
import Series
import TestSupport
import Testing

/// Reads lines in the given batches, then closes all hours that the log's own times allow.
private func watch(
  _ lines: [String], pieces: [Range<Int>], settings: MonitorSettings = .quick()
) throws -> Watching {
  var watching = try Watching(settings)
  for piece in pieces { watching.read(Array(lines[piece])) }
  watching.handle(.stopping)
  return watching
}

private func pieces(of count: Int, seed: UInt64) -> [Range<Int>] {
  var chance = Chance(seed: seed)
  var cuts = [0, count]
  for index in 1..<count where chance.happens(0.05) { cuts.append(index) }
  cuts.sort()
  return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
}

private func expectSame(_ one: Watching, _ other: Watching) {
  #expect(one.committedCounts == other.committedCounts)
  #expect(one.forecasts == other.forecasts)
  #expect(one.alerts == other.alerts)
  #expect(one.outcomes == other.outcomes)
  #expect(one.reports == other.reports)
}

/// The result does not depend on how a log is cut into batches.
@Test(arguments: 1...4 as ClosedRange<UInt64>)
func anySplitGivesTheSameForecastsAndAlerts(seed: UInt64) throws {
  let lines = SampleLines.lines(days: 30, seed: seed)
  let whole = try watch(lines, pieces: [0..<lines.count])
  let split = try watch(lines, pieces: pieces(of: lines.count, seed: seed))
  expectSame(whole, split)
  #expect(!whole.forecasts.isEmpty && !whole.reports.isEmpty)
}

/// The same with late lines, without training: while a training run keeps hours open, lines of those hours are not
/// late.
@Test(arguments: 1...8 as ClosedRange<UInt64>)
func anySplitOfALogWithLateLinesGivesTheSame(seed: UInt64) throws {
  let lines = SampleLines.lines(days: 20, seed: seed, late: 0.1)
  let settings = MonitorSettings.quick(everyHours: 1_000_000)
  let whole = try watch(lines, pieces: [0..<lines.count], settings: settings)
  let split = try watch(lines, pieces: pieces(of: lines.count, seed: seed), settings: settings)
  expectSame(whole, split)
}

@Test(arguments: 1...3 as ClosedRange<UInt64>)
func lineByLineGivesTheSameForecastsAndAlerts(seed: UInt64) throws {
  let lines = SampleLines.lines(days: 25, seed: seed)
  let whole = try watch(lines, pieces: [0..<lines.count])
  let single = try watch(lines, pieces: lines.indices.map { $0..<$0 + 1 })
  expectSame(whole, single)
}

/// A stream's second line is a little older than its first, and belongs to the hour before.
@Test func aStreamThatBeginsOutOfOrderIsNotShifted() throws {
  let hour = SampleLines.start / 3600 + 10
  // Lines of another stream let the hours close.
  let before = ["\((hour - 2) * 3600) b"]
  let lines = ["\(hour * 3600 + 3) a", "\(hour * 3600 - 2) a"]
  let after = (1...30).map { "\((hour + $0) * 3600 + 61) b" }
  let all = before + lines + after
  let single = try watch(all, pieces: all.indices.map { $0..<$0 + 1 })
  let series = try #require(single.monitor.streams["web:a"]).series
  #expect(series.firstHour == hour - 1)
  #expect(series.openHour == single.monitor.openHour)
  expectSame(single, try watch(all, pieces: [0..<all.count]))
}

@Test func drainsInBetweenChangeOnlyWhenItIsCommitted() throws {
  let lines = SampleLines.lines(days: 20, seed: 4)
  let whole = try watch(lines, pieces: [0..<lines.count])
  var drained = try Watching(.quick())
  for piece in pieces(of: lines.count, seed: 9) {
    drained.read(Array(lines[piece]))
    // The clock stays at the beginning of the log, so no hour closes because of the clock.
    drained.drain()
  }
  drained.handle(.stopping)
  expectSame(whole, drained)
  #expect(drained.commits.count > whole.commits.count)
}

@Test func everyLineIsCountedOnce() throws {
  let lines = SampleLines.lines(days: 20, seed: 5, late: 0.2)
  let watching = try watch(lines, pieces: pieces(of: lines.count, seed: 1))
  #expect(watching.committedCounts.values.reduce(0, +) == lines.count)
  var expected: [Changes.Count: Int] = [:]
  for line in lines {
    let fields = line.split(separator: " ")
    expected[Changes.Count(stream: "web:\(fields[1])", hour: Int(fields[0])! / 3600), default: 0] +=
      1
  }
  #expect(watching.committedCounts == expected)
}

/// Goal: nobody can start units or send messages by inventing keys. Method: a scanner asks for 1,000 paths within an
/// hour, and for some of them again later; every alert is suppressed, whatever is forecast.
@Test func aScannerWithInventedKeysIsNotAlerted() throws {
  var settings = MonitorSettings.quick()
  settings.maxStreams = 2_000
  settings.alert = AlertSettings()
  settings.alert.threshold = .fixed(0.02)
  settings.alert.silenceBits = 1
  settings.alert.surpriseBits = 1
  var watching = try Watching(settings)
  let start = 480_000 * 3600
  watching.read((0..<1_000).map { "\(start + $0) /invented\($0)" })
  watching.read((0..<200).map { "\(start + 7_200 + $0) /invented\($0)" })
  watching.drain()
  for hour in 1...12 { watching.handle(.tick(now: Int64(start + 3600 * hour + 120))) }
  #expect(watching.monitor.streams.count == 1_000)
  #expect(watching.alerts.contains { $0.suppressed == .tooLittleEvidence })
  #expect(watching.alerts.allSatisfy { $0.suppressed != nil })
}
