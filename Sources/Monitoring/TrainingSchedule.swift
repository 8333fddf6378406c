package import Forecasting
import Series

/// When the network was and will be trained.
package struct TrainingSchedule: Equatable, Sendable {
  package private(set) var isRunning = false
  /// The process was stopped during a run, which must start again before another hour closes.
  private(set) var wasInterrupted = false
  package private(set) var runCount = 0
  package private(set) var adoptedCount = 0
  /// The first hour that the newest run, and the newest full run, did not learn from.
  package private(set) var lastHour: Int?
  package private(set) var lastFullHour: Int?
  /// Not stored here: reports have their own table.
  package private(set) var lastReport: TrainingReport?

  /// The least history and number of active hours to train on; with less, the baselines forecast alone.
  static let minimumHours = 24 * 14
  static let minimumActiveHours = 20

  package init() {}

  mutating func start() {
    isRunning = true
    wasInterrupted = false
  }

  mutating func finish(_ report: TrainingReport) {
    isRunning = false
    runCount += 1
    lastHour = report.endHour
    lastReport = report
    if report.isAdopted { adoptedCount += 1 }
    // Rejected runs count as well: an immediate second attempt would be rejected again.
    if report.isFull && report.verdict != .tooLittleData { lastFullHour = report.endHour }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(isRunning ? 1 : 0)
    writer.write(runCount)
    writer.write(adoptedCount)
    writer.write(lastHour ?? Int.min)
    writer.write(lastFullHour ?? Int.min)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    wasInterrupted = try reader.readInt() != 0
    runCount = try reader.readTally()
    adoptedCount = try reader.readTally()
    lastHour = try reader.readHourIfAny()
    lastFullHour = try reader.readHourIfAny()
  }
}
