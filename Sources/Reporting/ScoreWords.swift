/// What the headings of scores mean, in a line below a table of them.
package enum ScoreWords {
  package static let losses = "log-loss, Brier: how wrong the probabilities were; 0 is perfect"
  package static let precision =
    "avg.prec: how well they tell active hours from idle ones; 1 is perfect"
  package static let calibration =
    "calib.err: how far percentages are from what then came; 0 is perfect. from 40 %: the same of "
    + "percentages from 40 on"
  package static let skill =
    "the share of its log-loss that Harbinger saves; 1 is all of it, below 0 none"

  /// - Parameter words: Of what is in the table.
  package static func legend(_ words: [String], _ style: TerminalStyle) -> [String] {
    style.wrapped("(\(words.joined(separator: ". ")). More: HowItIsMeasured.)")
      .map { style.colored($0, .gray) }
  }
}
