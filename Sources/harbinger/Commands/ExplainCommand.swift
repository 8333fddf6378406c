import ArgumentParser
import Arithmetic
import Forecasting
import Monitoring
import Records
import Reporting
import Series
import Storage

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Explains the probability of an hour of a stream.",
    discussion: """
      Prints the weight and the probability of each expert, and what each group of features contributed to \
      the network's logit, compared with the stream's mean. A past hour is explained from what was known \
      before it, with the present networks. An hour is by the clocks of the source's zone, unless it says another: \
      2026-01-31T08Z is UTC, and an hour as the other commands show it can be put in quotes. Reads the state, also \
      while the daemon runs. For example:

      harbinger explain backup 2026-01-31T09
      harbinger explain backup 'Sat 2026-01-31 09:00 CET'
      """)

  @OptionGroup var place: StatePlace

  @Option(
    help: ArgumentHelp(
      "For a past hour: how many hours before it the forecast is made.", valueName: "number"))
  var lead = 1

  @Flag(help: "Print JSON.")
  var json = false

  @Argument(help: "The stream, as in the status.")
  var stream: String

  @Argument(help: "The hour, in the source's time zone, as in 2026-01-31T09.")
  var hour: WrittenHour

  func run() throws {
    let file = try StateFile(readingAt: place.path())
    let stream = RunCommand.stream(stream, among: try file.streamTerms().keys)
    let monitor = try Monitor(file, streams: [stream])
    guard let known = monitor.streams[stream] else {
      throw try Monitor(file).reportMissing(stream)
    }
    let horizon = monitor.settings.forecast.horizonHours
    guard (1...horizon).contains(lead) else {
      throw RunCommand.failure(
        "--lead: found \(lead), expected a number from 1 to \(horizon), the horizon",
        .validationFailure)
    }
    let zone = known.forecaster.features.calendar.timeZone
    let hour = try Self.hour(hour, in: zone)
    guard let answer = monitor.explanation(of: stream, hour: hour, lead: lead) else {
      func text(_ hour: Int) -> String { LocalTime(hour: hour, in: zone).text }
      let first = known.series.firstHour + lead
      throw RunCommand.failure(
        "\(text(hour)) is out of reach, expected an hour from \(text(first)) to "
          + text(known.forecaster.origin + horizon), .noInput)
    }
    if json {
      print(try JSONText.text(Document(answer, stream: stream, hour: hour, zone)))
    } else {
      let style = TerminalStyle.standardOutput
      for line in Self.lines(answer, stream: stream, hour: hour, zone, style) { print(line) }
    }
  }

  /// - Throws: `ExitCode`, after saying why clocks there do not show it.
  private static func hour(_ written: WrittenHour, in zone: TimeZoneRules) throws -> Int {
    do throws(WrittenHour.Failure) {
      let (hour, second) = try written.hours(in: zone)
      if let second {
        let (first, last) = (LocalTime(hour: hour, in: zone), LocalTime(hour: second, in: zone))
        RunCommand.tell(
          "clocks show \(first.minute) twice that day: this is the first; the second is '\(last.text)'"
        )
      }
      return hour
    } catch {
      let found =
        switch error {
        case .skipped: "found an hour over which clocks are put forward"
        case .otherAbbreviation(let found, let expected):
          "found \(found), expected \(expected.joined(separator: " or ")), or Z for UTC"
        }
      let name = String(escapedForDisplay: zone.name, limit: 100)
      throw RunCommand.failure("<hour>, in \(name): \(found)", .validationFailure)
    }
  }

  private static func shown(_ name: String) -> String {
    String(escapedForDisplay: name, limit: 200)
  }

  private static func lines(
    _ answer: HourExplanation, stream: String, hour: Int, _ zone: TimeZoneRules,
    _ style: TerminalStyle
  ) -> [String] {
    let explanation = answer.explanation
    let time = LocalTime(hour: hour, in: zone).text
    var lines = style.wrapped(
      "\(Self.shown(stream)), \(time), \(answer.leadHours) h ahead: "
        + "p = \(Decimals.text(answer.probability, 3))"
        + (answer.isRecalled ? " (over; with the networks and weights of today)" : ""))
    var expertContributions = Table([.left("expert"), .right("weight"), .right("p")])
    for expertContribution in explanation.expertContributions
    where expertContribution.weight >= 0.005 {
      expertContributions.add([
        expertContribution.expert, Decimals.text(expertContribution.weight, 2),
        Decimals.text(expertContribution.probability, 3),
      ])
    }
    lines += [""] + expertContributions.lines(style)
    if abs(answer.probability - explanation.mixed) >= 0.0005 {
      lines += style.wrapped(
        "Together \(Decimals.text(explanation.mixed, 3)); high probabilities of this stream are calibrated by what came."
      )
    }
    lines += style.wrapped(
      "(expert: a forecaster in the mixture; weight: how much it is trusted with such an hour.)")
    guard !explanation.reasons.isEmpty else {
      return lines + ["", "No network is trained yet."]
    }
    lines += ["", "logits  what moved the network"]
    let together =
      "together: from \(Decimals.text(explanation.usualLogit, 2)), the stream's mean, to "
      + "\(Decimals.text(explanation.logit, 2)), with the penalty in it"
    let moves =
      explanation.reasons.map { ($0.contribution, $0.words) }
      + [(explanation.logit - explanation.usualLogit, together)]
    // What follows a number stays right of it.
    var narrow = style
    narrow.columns = max(1, style.columns - 8)
    for (contribution, words) in moves {
      let rows = narrow.wrapped(words)
      lines.append(style.encoded(Self.signed(contribution)) + "  " + rows[0])
      lines += rows.dropFirst().map { String(repeating: " ", count: 8) + $0 }
    }
    return lines
      + style.wrapped(
        "(logit: the logarithm of the odds, 0 is 50 %; +0.7 doubles the odds, −0.7 halves them. More: "
          + "HowTheForecastWorks.)")
  }

  private static func signed(_ value: Double) -> String {
    let text = (value > 0 ? "+" : "") + Decimals.text(value, 2)
    return String(repeating: " ", count: max(0, 6 - text.count)) + text
  }

  private struct Document: Encodable {
    struct Expert: Encodable {
      var name: String
      var weight: Double
      var probability: Double
    }

    struct Reason: Encodable {
      var contribution: Double
      var words: String
    }

    var stream: String
    var hour: String
    var localTime: String
    var leadHours: Int
    var probability: Double
    /// Of the experts together, before high probabilities are calibrated.
    var mixed: Double
    var isRecalled: Bool
    var experts: [Expert]
    var logit: Double
    var usualLogit: Double
    var reasons: [Reason]
    var sentence: String

    init(_ answer: HourExplanation, stream: String, hour: Int, _ zone: TimeZoneRules) {
      let explanation = answer.explanation
      self.stream = stream
      self.hour = UTCTime(hour: hour).text
      localTime = LocalTime(hour: hour, in: zone).text
      leadHours = answer.leadHours
      probability = answer.probability
      mixed = explanation.mixed
      isRecalled = answer.isRecalled
      experts = explanation.expertContributions.map {
        Expert(name: $0.expert, weight: $0.weight, probability: $0.probability)
      }
      logit = explanation.logit
      usualLogit = explanation.usualLogit
      reasons = explanation.reasons.map { Reason(contribution: $0.contribution, words: $0.words) }
      sentence = explanation.sentence
    }
  }
}

extension WrittenHour: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
