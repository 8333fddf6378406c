import Arithmetic
import Forecasting
import Monitoring
import Series
import Storage
import TestSupport
import Testing

/// What a start asks of many streams stands beside what was learned of them, which is not decoded then.
struct HeaderTests {
  private static let name = "web:a"

  private static func watched() throws -> Watching {
    var settings = MonitorSettings.quick()
    settings.unpackedStreams = 0
    var watching = try Watching(settings)
    watching.compression = StoredBytes.compression
    watching.read(SampleLines.lines(days: 16, seed: 1))
    watching.drain()
    watching.handle(.stopping)
    return watching
  }

  /// Lets an hour end, and stores everything.
  private static func nextHour(_ watching: inout Watching) -> [String: [UInt8]] {
    watching.drain()
    let openHour = watching.monitor.openHour ?? 0
    watching.handle(.tick(now: Int64(openHour + 2) * 3_600))
    watching.handle(.stopping)
    #expect((watching.monitor.openHour ?? 0) > openHour)
    return watching.stored.streams.mapValues(\.bytes)
  }

  /// Goal: a start from headers is a start from what was learned. Method: the same state, with the headers and without
  /// them, as a version stored it that had none.
  @Test func aHeaderSaysWhatWasLearned() throws {
    var watching = try Self.watched()
    var without = watching
    try watching.restart()
    try without.restart { state in
      for name in state.streams.keys { state.streams[name]?.header = [] }
    }
    #expect(watching.relearned == [] && without.relearned == [])
    for (name, stream) in watching.monitor.streams {
      let decoded = try #require(without.monitor.streams[name])
      #expect(stream.digest == decoded.digest && stream.series == decoded.series)
      #expect(stream.source == decoded.source && stream.latestRequest == decoded.latestRequest)
      #expect(stream.digest.next != nil && stream.digest.skill != nil)
    }
    #expect(Self.nextHour(&watching) == Self.nextHour(&without))
  }

  /// The learned bytes are decoded instead, and nothing is lost.
  @Test func aDamagedHeaderIsNotUsed() throws {
    let before = try Self.watched()
    var intact = before
    try intact.restart()
    let expected = Self.nextHour(&intact)
    for seed: UInt64 in 1...20 {
      var chance = Chance(seed: seed)
      var watching = before
      try watching.restart { state in
        let header = state.streams[Self.name]!.header
        state.streams[Self.name]!.header = Fuzzing.damaged(header, &chance)
      }
      #expect(watching.relearned == [])
      #expect(Self.nextHour(&watching) == expected)
    }
  }

  /// One damaged bit of a stream's learned bytes is noticed at the start, and costs this stream only.
  @Test func damagedBytesAreLearnedAgain() throws {
    let before = try Self.watched()
    for seed: UInt64 in 1...20 {
      var chance = Chance(seed: seed)
      var watching = before
      try watching.restart { state in
        let stored = state.streams[Self.name]!
        state.streams[Self.name] = stored.replacing(packed: Self.flipped(stored.packed, &chance))
      }
      #expect(watching.relearned == [Self.name])
      #expect(watching.monitor.streams.count == 2)
    }
  }

  private static func flipped(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
    var bytes = bytes
    bytes[chance.integer(in: 0...bytes.count - 1)] ^= UInt8(1 << chance.integer(in: 0...7))
    return bytes
  }

  /// Goal: bytes that are no stream's are never trusted, even if every checksum is right. Method: a header with the
  /// checksum of other bytes; the stream is used before and after the next hour's end.
  @Test func bytesOfNoStreamAreLearnedAgainAtTheHoursEnd() throws {
    let before = try Self.watched()
    for bytes: [UInt8] in [[], [1, 2, 3], StoredBytes.compression.compress([1, 2, 3])] {
      var watching = before
      try watching.restart { state in
        let stored = state.streams[Self.name]!
        // The checksum of the bytes is the last value before the header's own.
        var end = ByteWriter()
        end.write(ByteWriter.checksum(bytes[...]))
        var forged = stored.replacing(packed: bytes)
        forged.header = ByteWriter.sealing(stored.header.dropLast(16) + end.bytes)
        state.streams[Self.name] = forged
      }
      #expect(watching.relearned == [])
      let stream = try #require(watching.monitor.streams[Self.name])
      #expect(stream.forecaster.origin == stream.series.openHour - 1)
      #expect(stream.forecaster.features.hourCount == 0)
      _ = Self.nextHour(&watching)
      let learned = try #require(watching.monitor.streams[Self.name])
      #expect(learned.series.buckets == stream.series.buckets)
      #expect(learned.series.openHour > stream.series.openHour)
      #expect(learned.forecaster.features.hourCount > 300)
      try watching.restart()
      #expect(watching.relearned == [] && watching.monitor.streams.count == 2)
    }
  }
}

extension StoredState.Stream {
  fileprivate func replacing(packed: [UInt8]) -> StoredState.Stream {
    StoredState.Stream(
      bytes: packed, unpack: StoredBytes.compression.decompress, header: header, buckets: buckets,
      latestRequest: latestRequest)
  }
}
