import ArgumentParser
import Monitoring
import Records
import Reporting
import Settings
import Storage

extension Monitor {
  /// The monitor of a state, also while the daemon runs.
  ///
  /// - Throws: `StateFileError`
  init(_ settings: ServiceSettings, stateAt path: String) throws {
    self.init(settings: settings.monitor)
    compression = StoredBytes.compression
    restore(try StateFile(readingAt: path).storedState())
  }

  /// The monitor of a state by what the state itself says: in which zone hours are, and which are active. That is all
  /// that forecasts and their explanations need of the settings.
  ///
  /// - Parameter names: Only these streams; nil: all.
  /// - Throws: `StateFileError`
  init(_ file: StateFile, streams names: [String]? = nil) throws {
    let terms = try file.streamTerms()
    // A source's name has no colon; the values of `key` stand after one.
    let bySource = Dictionary(grouping: terms) { String($0.key.prefix { $0 != ":" }) }
    var settings = MonitorSettings(
      sources: bySource.sorted { $0.key < $1.key }.map { name, streams in
        let zone = streams.first.flatMap { StreamOutlook.zone($0.value.timeZone) }
        return MonitorSettings.Source(name: name, timeZone: zone ?? .utc)
      })
    if let any = terms.first { settings.forecast = any.value.forecast }
    self.init(settings: settings)
    compression = StoredBytes.compression
    restore(try file.storedState(of: names))
  }

  /// Says why nothing is known of a stream that is not in memory.
  func reportMissing(_ stream: String) -> ExitCode {
    guard isDormant(stream) else {
      return RunCommand.unknownStream(stream, of: streams.keys.sorted())
    }
    let shown = String(escapedForDisplay: stream, limit: 200)
    return RunCommand.failure(
      "'\(shown)' is dormant: it was active longer ago than max_streams others, or than seventy days, "
        + "or before the key of its source was changed; it is forecast again after its next request",
      .noInput)
  }
}
