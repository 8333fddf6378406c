import Forecasting
import Series

/// Streams that were read from the state and lag behind the open hour.
///
/// The hours since a stream was stored are closed again with the networks that closed them first. With many streams
/// that takes long, so it is spread over events, as the closing of an hour is: until it is done nothing else is closed,
/// committed or published.
struct Restoring: Sendable {
  private let history: NetworkHistory
  /// By name: the number of the newest training run that had ended when the stream was stored.
  private(set) var runs: [String: Int] = [:]

  init(_ history: NetworkHistory) { self.history = history }

  mutating func add(_ name: String, storedAfter run: Int) { runs[name] = run }

  /// - Returns: Nil if no stream remains.
  mutating func next() -> (name: String, run: Int)? {
    runs.popFirst().map { (name: $0.key, run: $0.value) }
  }

  /// Closes a stream's hours up to the open one, with the same result as the first time.
  func close(
    _ stream: inout Monitor.Stream, as name: String, storedAfter run: Int, to openHour: Int,
    settings: AlertSettings
  ) {
    history.catchUp(&stream, storedAfter: run, to: openHour) { stream, models in
      _ = stream.close(as: name, models: models, isSkipped: false, settings: settings)
    }
  }
}
