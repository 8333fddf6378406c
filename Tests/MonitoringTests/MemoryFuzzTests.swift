import Arithmetic
import Forecasting
import Monitoring
import Series
import Storage
import TestSupport
import Testing

/// Goal: a monitor restored from a damaged state continues, or learns again from the counts, and never traps. Method:
/// seeded damage to everything that is stored of a trained monitor, with the old checksum and with a corrected one; the
/// monitor is restored from it and runs for another day.
@Test(arguments: [false, true], [false, true])
func anyStateIsContinuedOrLearnedAgain(isSealed: Bool, isPacked: Bool) throws {
  func damaged(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
    guard isSealed else { return Fuzzing.damaged(bytes, &chance) }
    let content = Array(bytes.dropLast(8))
    return ByteWriter.sealing(
      chance.happens(0.3)
        ? Fuzzing.damaged(content, &chance) : Fuzzing.withImpossibleNumbers(content, &chance))
  }
  let now = Int64(SampleLines.start + 20 * 86_400)
  let lines = SampleLines.lines(days: 20, seed: 3)
  var settings = MonitorSettings.quick()
  settings.unpackedStreams = 0
  var watching = try Watching(settings)
  if isPacked { watching.compression = StoredBytes.compression }
  watching.read(lines)
  watching.drain()
  watching.handle(.tick(now: now))
  var chance = Chance(seed: Fuzzing.seed)
  for _ in 0..<Fuzzing.rounds(usually: 150) {
    var copy = watching
    let commitCount = copy.commits.count
    try copy.restart(now: now) { state in
      switch chance.integer(in: 0...2) {
      case 0: state.memory = damaged(state.memory, &chance)
      case 1 where !isSealed: state.memory = []
      default:
        let name = state.streams.keys.sorted()[chance.integer(in: 0...state.streams.count - 1)]
        guard var stream = state.streams[name] else { return }
        if isPacked, chance.happens(0.5) {
          stream.header = damaged(stream.header, &chance)
        } else {
          stream.bytes = damaged(stream.bytes, &chance)
        }
        state.streams[name] = stream
      }
    }
    copy.read(["\(now + 7_200) a"])
    copy.drain()
    copy.handle(.tick(now: now + 86_400))
    let made = copy.commits[commitCount...].flatMap(\.forecasts)
    #expect(made.count <= 3 * copy.monitor.streams.count * 24)
    #expect(made.flatMap(\.probabilities).allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect((copy.monitor.modelWatch.skill ?? 0).isFinite)
    for stream in copy.monitor.streams.values {
      for forecast in stream.forecaster.forecasts {
        #expect(forecast.probability >= 0 && forecast.probability <= 1)
      }
    }
  }
}
