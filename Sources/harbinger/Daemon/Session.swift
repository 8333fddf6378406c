import Alerts
import Forecasting
import Host
import Monitoring
import Records
import Reporting
import Settings
import Storage

/// One set of settings at work: the state, the monitor restored from it, and the intake that feeds it.
///
/// It is built whole, then put in the place of the one before; what cannot be built changes nothing.
struct Session: ~Copyable {
  let settings: ServiceSettings
  var monitor: Monitor
  var intake: Intake
  var writer: StateWriter
  let restored: Monitor.Restored

  private init(
    settings: ServiceSettings, monitor: consuming Monitor, intake: consuming Intake,
    writer: StateWriter, restored: Monitor.Restored
  ) {
    self.settings = settings
    self.monitor = monitor
    self.intake = intake
    self.writer = writer
    self.restored = restored
  }

  /// The first one. A state that is damaged is set aside and begun anew, unless it is that of a partition.
  ///
  /// - Throws: `LockFile.Failure`, `StateFileError`
  static func open(
    _ settings: ServiceSettings, time: TimeSource, _ progress: () -> Void
  ) throws -> Session {
    // The state of a partition can be had from the state topic again.
    let isOfPartition = settings.sources.first?.kafka?.partition != nil
    let state = try LockedState.open(
      settings.statePath, damaged: isOfPartition ? .refused : .replaced, time: time)
    return try open(settings, state, reusing: [], time: time, progress)
  }

  /// The one after this, under other settings, from what was committed: exactly as after a restart. A state that
  /// is damaged is refused, for there is one that is not.
  ///
  /// - Parameter progress: Called again and again while it takes long, as in `open`.
  /// - Precondition: All was committed.
  func next(
    _ settings: ServiceSettings, time: TimeSource, _ progress: () -> Void
  ) throws -> Session {
    let state =
      settings.statePath == self.settings.statePath
      ? writer.state
      : try LockedState.open(settings.statePath, damaged: .refused, time: time)
    return try Session.open(settings, state, reusing: intake.reusable, time: time, progress)
  }

  private static func open(
    _ settings: ServiceSettings, _ state: LockedState, reusing old: [any Source], time: TimeSource,
    _ progress: () -> Void
  ) throws -> Session {
    var monitor = Monitor(settings: settings.monitor)
    monitor.readsInParts = true
    monitor.compression = StoredBytes.compression
    let restored = monitor.restore(
      try state.file.storedState(progress), now: time.nowSeconds, inParts: true, progress)
    // Last, for it takes sources over from the session before.
    let intake = try Intake(
      settings: settings, positions: try state.file.positions(),
      cursors: try state.file.cursors(), watermarks: monitor.sources.map(\.watermark),
      reusing: old, nowSeconds: time.monotonicSeconds)
    return Session(
      settings: settings, monitor: monitor, intake: intake,
      writer: StateWriter(state, settings.retention),
      restored: restored)
  }

  /// The systemd unit whose requests a stream's alert is about.
  func unit(of alert: Alert) -> String? {
    alert.stream.flatMap { monitor.streams[$0] }.flatMap { settings.sources[$0.source].unit }
  }
}
