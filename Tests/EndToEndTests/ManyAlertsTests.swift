import Alerts
import Foundation
import Host
import Settings
import Storage
import TestSupport
import Testing
import harbinger

/// More alerts than one turn of the loop delivers; files and SQLite are real.
@Suite struct ManyAlertsTests {
  private let bed: DaemonBed
  private let time = SetTime(startingAt: Int64(Date().timeIntervalSince1970))
  private let journal = RecordingJournal()

  init() throws {
    bed = try DaemonBed()
    let state = try StateFile(path: bed.statePath)
    try state.store(
      (0..<250).map {
        (Alert(.stateProblem, about: .service, hour: 480_000 + $0), isDelivered: false)
      })
    state.close()
  }

  private func undelivered(isActedOn: Bool? = nil) throws -> Int {
    try StateFile(readingAt: bed.statePath).undeliveredAlerts(isActedOn: isActedOn).count
  }

  @Test func aTurnDeliversSomeAndTheNextGoesOn() throws {
    var first = OneLook { try #expect(undelivered() == 150) }
    try bed.run(&first, time, journal)
    try bed.run([.perform { try #expect(undelivered() == 0) }], time, journal)
    #expect(journal.count("State problem") == 250)
  }

  /// The actions of all begin although the journal takes none, and the loop rests until it is tried again.
  @Test func anAbsentJournalKeepsNoActionWaiting() throws {
    journal.isAway = true
    try bed.run(
      [
        .perform {
          try #expect(undelivered(isActedOn: false) == 0)
          try #expect(undelivered(isActedOn: true) == 251)
          journal.isAway = false
        },
        .awaitDeadline, .awaitDeadline,
        .perform { try #expect(undelivered() == 0) },
      ], time, journal)
    #expect(journal.count("State problem") == 252)
  }
}
