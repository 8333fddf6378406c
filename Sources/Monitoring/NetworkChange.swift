package import Forecasting
import Series

/// What the end of a training run has changed for the hours after it. It is kept as long as a stream may have been
/// stored before it, so that the hours since are closed again with the networks that closed them first.
package struct NetworkChange: Equatable, Sendable {
  /// The number of the run.
  package var number: Int
  /// The first hour that is closed after the run.
  package var hour: Int
  /// The network was trained from new initial weights.
  package var isFull: Bool
  /// The network that the run trained was adopted.
  package var isAdopted: Bool
  /// The networks in use before; nil if they stayed in use, or could not be read.
  package var modelsBefore: Models?

  /// - Parameters: As the properties.
  package init(
    number: Int, hour: Int, isFull: Bool, isAdopted: Bool, modelsBefore: Models?
  ) {
    self.number = number
    self.hour = hour
    self.isFull = isFull
    self.isAdopted = isAdopted
    self.modelsBefore = modelsBefore
  }

  /// Changes are kept for this many hours before the open one.
  package static let keptHours = Monitor.Stream.unsavedHoursMax + 2
}

extension StreamForecaster {
  /// Applies the end of a full training run. A stream without a closed hour (its first line was read ahead of the open
  /// hour) has nothing that the network would change.
  ///
  /// - Parameter isAdopted: Whether the network that it trained was adopted.
  mutating func finishFullRun(isAdopted: Bool) {
    guard features.hourCount > 0 else { return }
    resetDrift()
    if isAdopted { adoptNetwork() }
  }
}

/// The networks in use at each of the last hours, for streams that were stored at different hours.
struct NetworkHistory {
  private let changes: [NetworkChange]
  /// The networks in use before each change; nil if not known.
  private var before: [Models?]
  private let current: Models

  init(_ changes: [NetworkChange], current: Models) {
    self.changes = changes.sorted { $0.number < $1.number }
    self.current = current
    before = []
    var after: Models? = current
    for change in self.changes.reversed() {
      after = change.isAdopted ? change.modelsBefore : after
      before.append(after)
    }
    before.reverse()
  }

  /// Whether the networks of all hours from one to another are known.
  ///
  /// - Parameters: As `catchUp`.
  func isKnown(storedAfter run: Int, from hour: Int, to openHour: Int) -> Bool {
    var hour = hour
    while hour < openHour {
      guard let next = changes.firstIndex(where: { $0.number > run && $0.hour > hour }) else {
        return true
      }
      if before[next] == nil { return false }
      hour = changes[next].hour
    }
    return true
  }

  /// Closes a stream's hours again as they were closed before.
  ///
  /// - Parameters:
  ///   - run: The newest run that had ended when the stream was stored.
  ///   - openHour: The first hour that is not to be closed.
  ///   - close: Closes the stream's next hour.
  /// - Precondition: The networks are known.
  func catchUp(
    _ stream: inout Monitor.Stream, storedAfter run: Int, to openHour: Int,
    close: (inout Monitor.Stream, Models) -> Void
  ) {
    var next = changes.firstIndex { $0.number > run } ?? changes.count
    while true {
      while next < changes.count,
        changes[next].hour <= stream.series.openHour
          || stream.series.openHour >= openHour
      {
        stream.apply(changes[next])
        next += 1
      }
      guard stream.series.openHour < openHour else { return }
      guard let models = next < changes.count ? before[next] : current else {
        preconditionFailure("a stream is closed again with networks that are known")
      }
      close(&stream, models)
    }
  }
}
