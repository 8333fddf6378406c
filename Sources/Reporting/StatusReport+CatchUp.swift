import Arithmetic
import Records

extension StatusReport {
  /// How far old lines of a source are read that were there when reading began.
  package struct ByteCatchUp: Codable, Equatable, Sendable {
    package var totalBytes: Int
    package var readBytes: Int
    /// At the speed so far; nil: not known yet.
    package var secondsLeft: Int?

    package init(_ progress: Backlog.Progress) {
      totalBytes = progress.total
      readBytes = progress.done
      secondsLeft = progress.secondsLeft
    }
  }

  /// While hours that are long over are learned from one by one: how far that is.
  package struct HourCatchUp: Codable, Equatable, Sendable {
    /// The end of the newest of them that is done.
    package var closedUpTo: String
    package var totalHours: Int
    package var closedHours: Int
    /// At the speed so far; nil: not known yet.
    package var secondsLeft: Int?

    /// - Parameter openHour: The oldest that is not done, as of `UTCTime`.
    package init(_ progress: Backlog.Progress, openHour: Int) {
      closedUpTo = UTCTime(hour: openHour).text
      totalHours = progress.total
      closedHours = progress.done
      secondsLeft = progress.secondsLeft
    }

    /// `hours are learned from up to Fri 2025-07-18 06:00 UTC, 3912 hours to go, about 2 min`
    package var sentence: String {
      let end = UTCTime.hour(of: closedUpTo).map { LocalTime(hour: $0, in: .utc).text }
      let left = Decimals.counted(max(0, totalHours - closedHours), "hour")
      let time = secondsLeft.map { ", about \(Decimals.span($0))" } ?? ""
      return "hours are learned from up to \(end ?? closedUpTo), \(left) to go\(time)"
    }
  }
}
