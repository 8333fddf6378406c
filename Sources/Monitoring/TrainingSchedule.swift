package import Forecasting
import Series

/// When the network is trained, and the results.
package struct TrainingSchedule: Equatable, Sendable {
  package private(set) var isRunning = false
  /// We were stopped while a run was on; it is to be begun again before another hour closes.
  private(set) var wasInterrupted = false
  package private(set) var runCount = 0
  package private(set) var adoptedCount = 0
  /// The hours at whose end a run ended and one was adopted.
  package private(set) var lastHour: Int?
  package private(set) var lastFullHour: Int?
  /// Not stored with the rest: reports have a table of their own.
  package private(set) var lastReport: TrainingReport?

  /// Before this there is too little to learn from, and the baselines forecast alone.
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
    // Also one that was refused: trying again at once would refuse it again.
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
