import Records
import Reporting

/// The parts of the sentence about an alert.
extension AlertPayload {
  /// The stream, of which strangers may have chosen a part, made safe to show.
  var shownName: String { String(escapedForDisplay: stream ?? source ?? "", limit: 200) }

  /// `p 0.81`
  var shownProbability: String {
    let probability = probability ?? 0
    if probability > 0, probability < 0.0005 { return "p below 0.001" }
    return "p \(Decimals.text(probability, (0.095...0.995).contains(probability) ? 2 : 3))"
  }

  /// How long it is until the hour begins, from the end of the one in which the alert was found.
  var shownWait: String {
    let hours = (leadHours ?? 1) - 1
    return hours > 0 ? "in \(hours) h" : "now"
  }

  /// `(p 0.81, in 2 h): active on 6 of the last 7 Saturdays`
  func facts(_ numbers: [String]) -> String {
    "(\(numbers.joined(separator: ", ")))" + (habit.map { ": \($0)" } ?? "")
  }
}
