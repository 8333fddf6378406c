/// Keeps the score of the mixture and of every expert, by stream and lead, as forecasts are judged.
package struct Evaluation: Sendable {
  /// Who forecast: the mixture, or one of its experts.
  package struct Forecaster: Hashable, Sendable {
    package let name: String

    package static let mixture = Forecaster(name: "mixture")
    /// One expert by itself.
    package static func expert(_ expert: any Expert.Type) -> Forecaster {
      Forecaster(name: expert.name)
    }

    package static let all = [Forecaster.mixture] + ExpertList.standard.types.map { expert($0) }
    package static let baselines = ExpertList.standard.baselines.map { expert($0) }
  }

  /// One stream's forecasts at one lead, or at all of them together.
  package struct Series: Sendable {
    /// What each forecaster gave to the same hours.
    package internal(set) var forecasts: [Forecaster: ScoredForecasts] = [:]

    package subscript(forecaster: Forecaster) -> ScoredForecasts {
      forecasts[forecaster] ?? ScoredForecasts()
    }

    mutating func append(_ judged: JudgedForecast) {
      forecasts[.mixture, default: ScoredForecasts()]
        .append(judged.probability, active: judged.active, hour: judged.target)
      for (expert, probability) in zip(judged.experts.list.types, judged.experts.filled) {
        forecasts[.expert(expert), default: ScoredForecasts()]
          .append(probability, active: judged.active, hour: judged.target)
      }
    }

    mutating func append(contentsOf other: Series) {
      for (forecaster, scored) in other.forecasts {
        forecasts[forecaster, default: ScoredForecasts()].append(contentsOf: scored)
      }
    }
  }

  /// Forecasts are scored from this target hour on.
  package var fromHour: Int
  /// The leads that are kept.
  package let leads: Set<Int>
  private var byStream: [String: [Int: Series]] = [:]

  package init(fromHour: Int = .min, leads: Set<Int>) {
    self.fromHour = fromHour
    self.leads = leads
  }

  /// Adds forecasts of one stream whose hours are over; those of other leads, and of hours before `fromHour`, do not
  /// count.
  package mutating func record(stream: String, _ forecasts: [JudgedForecast]) {
    for judged in forecasts where judged.target >= fromHour && leads.contains(judged.lead) {
      byStream[stream, default: [:]][judged.lead, default: Series()].append(judged)
    }
  }

  package var streams: [String] { byStream.keys.sorted() }

  /// One stream, or all of them, at one lead, or at all.
  package func series(stream: String?, lead: Int?) -> Series {
    var series = Series()
    for name in stream.map({ [$0] }) ?? streams {
      for (itsLead, forecasts) in (byStream[name] ?? [:]).sorted(by: { $0.key < $1.key })
      where lead == nil || lead == itsLead {
        series.append(contentsOf: forecasts)
      }
    }
    return series
  }

  /// The mean over the streams of the skill against the base rate, all kept leads together, and the worst.
  package func skill(of forecaster: Forecaster) -> (
    mean: Double, worst: Double, worstStream: String
  )? {
    let skills = streams.map { name in
      let series = series(stream: name, lead: nil)
      return (series[forecaster].skill(against: series[.expert(BaseRate.self)]), name)
    }
    guard let worst = skills.min(by: { $0.0 < $1.0 }) else { return nil }
    return (skills.reduce(0) { $0 + $1.0 } / Double(skills.count), worst.0, worst.1)
  }
}
