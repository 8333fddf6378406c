import Arithmetic
import Records

extension Alert {
  /// The sentence of the journal, the actions and `harbinger alerts`.
  package var message: String {
    (isOver ? kind.endSentence?(self) : nil) ?? kind.sentence(self)
  }

  /// The stream or source, of which strangers may have chosen a part, made safe to show.
  var shownName: String { String(escapedForDisplay: stream ?? source ?? "", limit: 200) }

  /// The hour by the stream's clocks; by UTC where an earlier version stored none.
  package var shownTime: String {
    facts.localTime ?? LocalTime(hour: hour, in: .utc).inWeek
  }

  /// `p 0.81`
  var shownProbability: String {
    let probability = facts.probability ?? 0
    if probability > 0, probability < 0.0005 { return "p below 0.001" }
    return "p \(Decimals.text(probability, (0.095...0.995).contains(probability) ? 2 : 3))"
  }

  /// How long it is until the hour begins, from the end of the one in which the alert was found.
  var shownWait: String {
    let hours = leadHours - 1
    return hours > 0 ? "in \(hours) h" : "now"
  }

  var shownSilence: String { "silent for \(facts.hoursSilent ?? 0) h" }

  /// What is wrong, made safe to show: it may name files that others chose.
  var shownReason: String { String(escapedForDisplay: facts.reason ?? "", limit: 1_000) }

  /// `(p 0.81, in 2 h): active on 6 of the last 7 Saturdays`
  func withHabit(_ numbers: [String]) -> String {
    "(\(numbers.joined(separator: ", ")))" + (facts.habit.map { ": \($0)" } ?? "")
  }
}
