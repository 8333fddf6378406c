import Monitoring
import Records
package import Reporting
import Settings
package import Storage

extension StreamOutlook {
  /// The streams in memory of a daemon, or of a replay, by name.
  package static func all(in state: StateFile) throws -> [StreamOutlook] {
    try all(of: state.streamRecords(), hasNetwork: state.hasModel())
  }

  static func all(of records: [StateFile.StreamRecord], hasNetwork: Bool) -> [StreamOutlook] {
    records.map { record in
      var outlook = StreamOutlook(record, zone: zone)
      outlook.hasNetwork = hasNetwork
      return outlook
    }
  }

  /// UTC stands for a zone that this machine does not have.
  static func zone(_ name: String) -> TimeZoneRules? {
    try? SettingsReader.ofThisMachine.timeZone(name)
  }

  /// - Parameter zone: Finds the rules of a zone by its name.
  private init(_ record: StateFile.StreamRecord, zone: (String) -> TimeZoneRules?) {
    let rules = record.terms.flatMap { zone($0.timeZone) } ?? .utc
    self.init(
      stream: record.name, zone: rules, origin: record.forecast?.hour,
      probabilities: record.forecast?.probabilities ?? [], threshold: record.forecast?.threshold,
      evidence: record.terms.flatMap { terms in
        record.activeHours.first.map { first in
          Evidence(
            since: first, activeHours: record.activeHours.count,
            activeDays: Set(record.activeHours.map { LocalTime(hour: $0, in: rules).date }).count,
            neededActiveHours: terms.evidenceActiveHours, neededDays: terms.evidenceDays)
        }
      })
  }
}
