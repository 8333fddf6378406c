import Forecasting
import Series

/// Streams that were read from a state and are not yet where the monitor is.
///
/// Their hours since they were stored are closed again, with the networks of then. That takes long for many streams, and
/// is done in parts, like the end of an hour: nothing else is closed, committed or shown before.
struct Restoring: Sendable {
  private let history: NetworkHistory
  /// By name: the newest run that had ended when the stream was stored.
  private(set) var runs: [String: Int] = [:]

  init(_ history: NetworkHistory) { self.history = history }

  mutating func add(_ name: String, storedAfter run: Int) { runs[name] = run }

  /// - Returns: Nil once there is none left.
  mutating func next() -> (name: String, run: Int)? {
    runs.popFirst().map { (name: $0.key, run: $0.value) }
  }

  /// Closes a stream's hours up to the open one, as they were closed before.
  func close(
    _ stream: inout Monitor.Stream, as name: String, storedAfter run: Int, to openHour: Int,
    settings: AlertSettings
  ) {
    history.catchUp(&stream, storedAfter: run, to: openHour) { stream, models in
      _ = stream.close(as: name, models: models, isSkipped: false, settings: settings)
    }
  }
}

extension Monitor {
  /// Streams are not yet where the monitor is: another `.tick` will bring them nearer.
  package var isRestoring: Bool { restoring != nil }

  /// - Parameter limit: Hours of one stream; the last stream may exceed it by two days.
  mutating func catchUp(atMost limit: Int = .max) {
    var left = limit
    while left > 0, let openHour, let (name, run) = restoring?.next() {
      guard let behind = streams[name]?.series.openHour,
        var stream = streams.removeValue(forKey: name)
      else { continue }
      restoring?.close(
        &stream, as: name, storedAfter: run, to: openHour, settings: alertSettings(of: name))
      streams[name] = stream
      left -= max(1, openHour - behind)
    }
    if restoring?.runs.isEmpty ?? false { restoring = nil }
  }
}
