import Forecasting
import Monitoring
import Series
import TestSupport
import Testing

/// Goal: a damaged state is learned anew or goes on, and never traps. Method: seeded damage to everything that is
/// stored of a monitor that has trained; it is restored from that and lives through another day.
@Test func anyStateIsGoneOnFromOrLearnedAnew() throws {
  let lines = SampleLines.lines(days: 20, seed: 3)
  var watching = try Watching(.quick())
  watching.read(lines)
  watching.drain()
  watching.handle(.tick(now: Int64(SampleLines.start + 20 * 86_400)))
  var chance = Chance(seed: Fuzzing.seed)
  for _ in 0..<Fuzzing.rounds(usually: 150) {
    var copy = watching
    try copy.restart { state in
      switch chance.integer(in: 0...2) {
      case 0: state.memory = Fuzzing.damaged(state.memory, &chance)
      case 1: state.memory = []
      default:
        let name = state.streams.keys.sorted()[chance.integer(in: 0...state.streams.count - 1)]
        let bytes = state.streams[name]?.bytes ?? []
        state.streams[name]?.bytes = Fuzzing.damaged(bytes, &chance)
      }
    }
    copy.read(["\(SampleLines.start + 20 * 86_400 + 7_200) a"])
    copy.drain()
    copy.handle(.tick(now: Int64(SampleLines.start + 21 * 86_400)))
    for stream in copy.monitor.streams.values {
      for forecast in stream.forecaster.forecasts {
        #expect(forecast.probability >= 0 && forecast.probability <= 1)
      }
    }
  }
}
