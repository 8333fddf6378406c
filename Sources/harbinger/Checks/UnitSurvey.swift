import Foundation
import Host
import Reporting

/// Units of systemd whose journal may be followed.
enum UnitSurvey {
  private static let suffixes = [".service", ".socket", ".scope", ".mount"]

  /// The unit that a word means, for which `.service` may be left out as systemctl(1) has it; nil: it means a file.
  static func unit(_ word: String) -> String? {
    guard !word.contains("/"), !FileManager.default.fileExists(atPath: word) else { return nil }
    if suffixes.contains(where: word.hasSuffix) { return word }
    let service = word + ".service"
    if hasEntry(service) { return service }
    do throws(ServiceManager.Failure) { try ServiceManager.check(unit: service) } catch {
      return nil
    }
    return service
  }

  enum Verdict: Equatable {
    case known
    /// There is nothing to follow.
    case refused(reason: String)
    /// Nobody can say, for want of a systemd that runs.
    case unseen(reason: String)
  }

  static func verdict(on unit: String, now: Int64) -> Verdict {
    // What a unit wrote is there even when the unit is not any more.
    if hasEntry(unit) { return .known }
    do throws(ServiceManager.Failure) { try ServiceManager.check(unit: unit) } catch {
      switch error {
      case .denied: return .unseen(reason: "\(error)")
      case .refused(_, let reason): return .unseen(reason: reason)
      case .invalidName: return .refused(reason: "\(error)")
      case .noSuchUnit:
        let month = 720
        let hour = Int(now / 3_600)
        let names = JournalUnits.active(hours: hour - month..<hour + 1).map(\.name)
        let meant = SpellingDistance.nearest(to: unit, among: names)
        return .refused(
          reason: "\(error), and no entry of it in the journal"
            + (meant.map { "; did you mean \($0)?" } ?? ""))
      }
    }
    return .known
  }

  /// Units with something to say in some hours of the last week, and not in most.
  static func mostlyIdle(now: Int64) -> [String] {
    let hour = Int(now / 3_600)
    let week = 168
    return JournalUnits.active(hours: hour - week..<hour)
      .filter { unit in
        (3...week / 2).contains(unit.activeHours) && unit.name.hasSuffix(".service")
          && !["systemd-", "user@", "harbinger", "init.scope"].contains(where: unit.name.hasPrefix)
      }
      .sorted { ($1.activeHours, $0.name) < ($0.activeHours, $1.name) }.prefix(5).map(\.name)
  }

  private static func hasEntry(_ unit: String) -> Bool {
    JournalSelection(matches: [.init(field: "_SYSTEMD_UNIT", values: [unit])]).hasEntry == true
  }
}
