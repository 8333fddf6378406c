import Arithmetic
import Records

extension Alert {
  /// The sentence shown in the journal, in actions and by `harbinger alerts`.
  package var message: String {
    (isOver ? kind.endSentence?(self) : nil) ?? kind.sentence(self)
  }

  /// The name of the stream or source, which may contain text from a client, escaped for display.
  var shownName: String { String(escapedForDisplay: stream ?? source ?? "", limit: 200) }

  /// The hour in the stream's time zone; in UTC if an earlier version stored no local time.
  package var shownTime: String {
    facts.localTime ?? LocalTime(hour: hour, in: .utc).inWeek
  }

  /// `p 0.81`
  var shownProbability: String {
    let probability = facts.probability ?? 0
    if probability > 0, probability < 0.0005 { return "p below 0.001" }
    return "p \(Decimals.text(probability, (0.095...0.995).contains(probability) ? 2 : 3))"
  }

  /// The time until the hour begins, from the end of the origin.
  var shownWait: String {
    let hours = leadHours - 1
    return hours > 0 ? "in \(hours) h" : "now"
  }

  var shownSilence: String { "silent for \(facts.hoursSilent ?? 0) h" }

  /// The reason, which may contain file names, escaped for display.
  var shownReason: String { String(escapedForDisplay: facts.reason ?? "", limit: 1_000) }

  /// `(p 0.81, in 2 h): active on 6 of the last 7 Saturdays`
  func withHabit(_ numbers: [String]) -> String {
    "(\(numbers.joined(separator: ", ")))" + (facts.habit.map { ": \($0)" } ?? "")
  }
}
