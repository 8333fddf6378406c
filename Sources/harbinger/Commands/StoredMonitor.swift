import ArgumentParser
import Monitoring
import Records
import Settings
import Storage

extension Monitor {
  /// The monitor of a state, also while the daemon runs.
  ///
  /// - Throws: `StateFileError`
  init(_ settings: ServiceSettings, stateAt path: String) throws {
    self.init(settings: settings.monitor)
    _ = restore(try StateFile(readingAt: path).storedState())
  }

  /// Says why nothing is known of a stream that is not in memory.
  func reportMissing(_ stream: String) -> ExitCode {
    guard isParked(stream) else {
      return RunCommand.unknownStream(stream, of: streams.keys.sorted())
    }
    let shown = String(escapedForDisplay: stream, limit: 200)
    return RunCommand.failure(
      "'\(shown)' is dormant: it was active longer ago than max_streams others, or than seventy days; "
        + "it is forecast again after its next request", .noInput)
  }
}
