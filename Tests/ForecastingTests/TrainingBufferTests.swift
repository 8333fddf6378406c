import Forecasting
import NeuralNet
import Series
import TestSupport
import Testing

/// Streams of one request a day, whose rows are gathered.
private struct Gathering {
  var buffer = TrainingBuffer()
  var stored: [TrainingBuffer.Row] = []
  private var streams: [String: RollingFeatures] = [:]
  private(set) var hour = Streams.firstHour
  private let forecast = ForecastSettings()

  /// Closes hours for the first `streamCount` streams.
  mutating func close(hours: Int, streamCount: Int) {
    for _ in 0..<hours {
      for index in 0..<streamCount {
        let name = "s\(index)"
        var rolling =
          streams[name] ?? RollingFeatures(startingAt: hour, calendar: Streams.calendar)
        let active = hour % 24 == index % 24
        rolling.close(active: active, count: active ? 1 : 0)
        streams[name] = rolling
        let row = [Float](repeating: Float(hour % 24) / 8, count: FeatureRows.names.count)
        buffer.record(name, rolling, forecast, seed: 1) { _ in row[...] }
      }
      buffer.close(hour)
      hour += 1
    }
    for change in buffer.takeChanges() {
      switch change {
      case .added(let row): stored.append(row)
      case .dropped(let rule):
        stored.removeAll { !rule.keeps(origin: $0.origin, priority: $0.priority) }
      case .forgotten(let names): stored.removeAll { names.contains($0.stream) }
      case .forgottenAll: stored = []
      }
    }
  }

  /// - Returns: How many rows are new and rehearsed, and how many are held out.
  func batchCounts(seed: UInt64 = 1) -> (learned: Int, heldOut: Int) {
    var generator = Xoshiro(seed: seed)
    let batch = buffer.batch(endHour: hour, using: &generator) { _, _ in false }
    return (batch.rowCount, batch.heldOutCount)
  }
}

/// Goal: the memory and time of a run are bounded, whatever the number of streams. Method: so many streams that one
/// week has three times as many rows as are kept.
@Test func thereIsALimitToTheRows() {
  var gathering = Gathering()
  gathering.close(hours: 24 * 14, streamCount: 270)
  #expect(gathering.buffer.rule.waitingShare < 1)
  #expect(gathering.buffer.count <= 120_000)
  let (learned, heldOut) = gathering.batchCounts()
  #expect(learned > 0 && learned <= 3 * 60_000)
  #expect(heldOut > 350 && heldOut < 650)
  gathering.buffer.finishRun(endHour: gathering.hour)
  gathering.close(hours: 24 * 3, streamCount: 270)
  #expect(gathering.buffer.count <= 120_000)
  #expect(gathering.stored.count == gathering.buffer.count)

  // After nearly all streams are forgotten, all rows of the others are kept again.
  gathering.buffer.forget((2..<270).map { "s\($0)" })
  gathering.close(hours: 24 * 7 * 5, streamCount: 2)
  #expect(gathering.buffer.rule.waitingShare == 1)
}

/// No row of the held-out week is learned, and no row is learned as new twice.
@Test func whatIsNewIsLearnedOnce() {
  var gathering = Gathering()
  // A week of warm-up, a week that is held out, and a day.
  gathering.close(hours: 24 * 15, streamCount: 1)
  // Four leads an hour; the new ones, and twice as many that are rehearsed, of which there are no more.
  let rows = 4 * (24 + 1)
  #expect(gathering.batchCounts().learned == rows + rows)
  gathering.buffer.finishRun(endHour: gathering.hour)
  #expect(gathering.batchCounts().learned == 0)
  gathering.close(hours: 6, streamCount: 1)
  #expect(gathering.batchCounts().learned == 3 * 4 * 6)
}

@Test func storedRowsGiveTheSameBatches() throws {
  var gathering = Gathering()
  gathering.close(hours: 24 * 20, streamCount: 3)
  gathering.buffer.finishRun(endHour: gathering.hour - 48)
  gathering.close(hours: 6, streamCount: 3)
  var writer = ByteWriter()
  gathering.buffer.write(to: &writer)
  var reader = ByteReader(writer.bytes)
  var restored = TrainingBuffer()
  restored = try TrainingBuffer(from: &reader)
  restored.restore(gathering.stored, horizon: 24)
  var one = Xoshiro(seed: 5)
  var other = Xoshiro(seed: 5)
  let batch = gathering.buffer.batch(endHour: gathering.hour, using: &one) { $1 % 24 == $0.count }
  let again = restored.batch(endHour: gathering.hour, using: &other) { $1 % 24 == $0.count }
  #expect(batch == again)
  #expect(batch.rowCount > 0)
}

/// Rows of a damaged or foreign state.
@Test func storedRowsThatCannotBeAreLeftOut() {
  let width = FeatureRows.names.count
  let good = TrainingBuffer.Row(
    stream: "s", origin: 10, lead: 1, priority: 0.5, weight: 1,
    features: Array(repeating: 1, count: width))
  var bad: [TrainingBuffer.Row] = []
  for change in [
    { $0.features.removeLast() }, { $0.features[0] = .nan }, { $0.features[1] = .infinity },
    { $0.lead = 0 }, { $0.lead = 25 }, { $0.lead = .max }, { $0.origin = -1 },
    { $0.origin = .max }, { $0.priority = .nan }, { $0.priority = 1 }, { $0.weight = .nan },
    { $0.weight = 0 },
  ] as [(inout TrainingBuffer.Row) -> Void] {
    var row = good
    change(&row)
    bad.append(row)
  }
  var buffer = TrainingBuffer()
  buffer.restore(bad + [good], horizon: 24)
  #expect(buffer.count == 1)
}
