/// Who was to keep a forecast up to date: what is old may be old for several reasons.
package enum ForecastKeeper: Equatable, Sendable {
  /// A daemon that runs, by its status; still in old hours, or not.
  case daemon(catchUp: StatusReport.HourCatchUp?)
  /// A daemon that has left a status and does not run.
  case stoppedDaemon
  /// A state that a daemon has open.
  case openState
  /// A state that no daemon has open.
  case nobody

  /// For how many hours there should have been a newer forecast; nil: it is the newest that there can be.
  ///
  /// - Parameter now: Seconds since the epoch.
  package func hoursStale(_ outlook: StreamOutlook, now: Int64) -> Int? {
    switch self {
    // A daemon knows itself how long it waits for late lines, an hour at most: `forecast.grace`.
    case .daemon(nil), .openState: outlook.hoursStale(now: now - 3_600).map { $0 + 1 }
    case .daemon, .stoppedDaemon, .nobody: outlook.hoursStale(now: now)
    }
  }

  /// Why it is old, for people.
  var reason: String {
    switch self {
    case .daemon(let catchUp?): "the daemon catches up with old lines, \(catchUp.sentence)"
    case .daemon(nil): "the daemon has written no newer status; is it stuck?"
    case .stoppedDaemon: "the daemon does not run"
    case .openState: "the daemon that has the state open catches up with old lines, or is stuck"
    case .nobody: "the state is not written any more"
    }
  }

  /// Why it is old, for programs.
  package var code: String {
    switch self {
    case .daemon(_?): "catching_up"
    case .stoppedDaemon: "stopped"
    case .daemon(nil), .openState: "behind"
    case .nobody: "not_written"
    }
  }
}
