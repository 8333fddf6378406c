import Forecasting
import Glibc
import Monitoring
import Records
import Series
import Storage

/// Measures the daemon's work besides reading: closing an hour, training, and reading while training.
func daemonMeasurements(rounds: Int) throws -> [Measurement] {
  try HourEnd.measurements(rounds: rounds) + TrainingFootprint.measurements
    + (DelayWhileTraining.measurement.map { [$0] } ?? [])
}

/// Closing an hour of a thousand streams, each forecast 24 hours ahead by every expert.
enum HourEnd {
  private static let streamCount = 1_000
  private static let hours = 24 * 60

  static func measurements(rounds: Int) throws -> [Measurement] {
    // On a disk, as with the daemon: in $TMPDIR or /tmp.
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(folder)/harbinger-benchmark-\(getpid()).sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) } }
    let state = try StateFile(path: path)
    var watched = prepared(
      MonitorSettings(sources: [.init(name: "web")]), streamCount: streamCount, hours: hours)
    var closing: [Double] = []
    var committing: [Double] = []
    for round in 0..<rounds {
      let now = Int64(StreamYears.firstHour + hours + round + 1) * 3_600 + 120
      var effects: [Effect] = []
      closing.append(
        processorSeconds {
          repeat { effects += watched.handle(.tick(now: now)) } while watched.hasHoursToClose
        })
      for case .train(let job) in effects { effects += watched.handle(.trained(job.skipped())) }
      for case .commit(let changes) in effects where !changes.forecasts.isEmpty {
        precondition(changes.forecasts.count == streamCount, "each stream is forecast")
        let start = processorSeconds()
        try state.commit(changes)
        committing.append(processorSeconds() - start)
      }
    }
    return [
      Measurement(
        name: "an hour's end, 1,000 streams × 24 leads", value: closing.median * 1e3, unit: "ms"),
      Measurement(name: "its commit, to a file", value: committing.median * 1e3, unit: "ms"),
    ]
  }

  /// A monitor with this many closed hours of each stream, and a network.
  static func prepared(_ settings: MonitorSettings, streamCount: Int, hours: Int) -> Monitor {
    var years = StreamYears()
    var stored = StoredState()
    for index in 0..<streamCount {
      stored.streams["web:\(index)"] = StoredState.Stream(
        bytes: [], buckets: years.buckets(hours: hours))
    }
    let model = years.job(streamCount: 1).run().model
    stored.models = Models(current: model, previous: model)
    var monitor = Monitor(settings: settings)
    monitor.compression = StoredBytes.compression
    monitor.restore(stored)
    train(monitor.handle(.drained(source: 0, positions: PositionChanges())), &monitor)
    var now = Int64(StreamYears.firstHour + hours) * 3_600 + 120
    repeat {
      train(monitor.handle(.tick(now: now)), &monitor)
      now += 1
    } while monitor.hasHoursToClose
    return monitor
  }

  /// Skips training runs; the hours that waited for one may start the next.
  private static func train(_ effects: [Effect], _ monitor: inout Monitor) {
    for case .train(let job) in effects {
      train(monitor.handle(.trained(job.skipped())), &monitor)
    }
  }
}
