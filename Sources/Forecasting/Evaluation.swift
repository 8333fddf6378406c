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
    private let list: ExpertList
    /// Target hours.
    private var hours: [Int] = []
    private var labels: [Bool] = []
    /// `[place of the forecaster][hour]`
    private var probabilities: [[Float]]

    init(_ list: ExpertList) {
      self.list = list
      probabilities = Array(repeating: [], count: 1 + list.count)
    }

    package subscript(forecaster: Forecaster) -> ScoredForecasts {
      list.place(of: forecaster).map {
        ScoredForecasts(probabilities: probabilities[$0], labels: labels, hours: hours)
      } ?? ScoredForecasts()
    }

    fileprivate mutating func append(_ judged: JudgedForecast, _ said: [Double]) {
      hours.append(judged.target)
      labels.append(judged.active)
      for (place, probability) in said.enumerated() {
        probabilities[place].append(Float(Mixture.clamp(probability)))
      }
    }

    fileprivate mutating func append(contentsOf other: Series) {
      hours += other.hours
      labels += other.labels
      for place in probabilities.indices { probabilities[place] += other.probabilities[place] }
    }
  }

  /// The scores of one stream, all leads together.
  package struct StreamScores: Sendable {
    /// The hours that were forecast and are over, at the nearest lead.
    package fileprivate(set) var hourCount = 0
    package fileprivate(set) var activeHourCount = 0
    package fileprivate(set) var mixture = ScoreSums.ofManyStreams
    /// Of each baseline the log-loss in nats, summed over the forecasts.
    fileprivate var baselineLosses: [Double]
    private let list: ExpertList

    fileprivate init(_ list: ExpertList) {
      self.list = list
      baselineLosses = Array(repeating: 0, count: list.baselines.count)
    }

    /// 1 − log-loss ÷ log-loss of a baseline.
    package func skill(against baseline: any Expert.Type) -> Double {
      guard let index = list.baselines.firstIndex(where: { $0 == baseline }) else { return 0 }
      let reference = baselineLosses[index]
      return reference > 0 ? 1 - mixture.logLoss * Double(mixture.count) / reference : 0
    }
  }

  /// Forecasts are scored from this target hour on.
  package var fromHour: Int
  /// The leads that are scored.
  package let leads: Set<Int>
  private let list: ExpertList
  /// Where the baselines stand among what is said.
  private let baselinePlaces: [Int]
  /// Whether each forecast is kept, not only the scores: 77 bytes for each hour, stream and lead.
  private let keepsForecasts: Bool
  private var kept: [String: [Int: Series]] = [:]
  private var hours: Set<Int> = []
  /// By stream.
  package private(set) var scores: [String: StreamScores] = [:]
  /// Of all streams and leads together: the mixture's, and each baseline's.
  private var totals: [ScoreSums]

  package init(
    fromHour: Int = .min, leads: Set<Int>, keepsForecasts: Bool = true,
    experts list: ExpertList = .standard
  ) {
    self.fromHour = fromHour
    self.leads = leads
    self.keepsForecasts = keepsForecasts
    self.list = list
    baselinePlaces = list.types.indices.filter { list.types[$0].isBaseline }.map { $0 + 1 }
    totals = Array(repeating: ScoreSums(), count: 1 + baselinePlaces.count)
  }

  /// Adds forecasts of one stream whose hours are over; those of other leads, and of hours before `fromHour`, do not
  /// count.
  package mutating func record(stream: String, _ forecasts: [JudgedForecast]) {
    let counted = forecasts.filter { $0.target >= fromHour && leads.contains($0.lead) }
    guard !counted.isEmpty else { return }
    let nearest = leads.min()
    // Removed while it changes, so that it is not copied.
    var own = scores.removeValue(forKey: stream) ?? StreamScores(list)
    for judged in counted {
      let said = [judged.probability] + judged.experts.filled
      if keepsForecasts {
        kept[stream, default: [:]][judged.lead, default: Series(list)].append(judged, said)
      }
      hours.insert(judged.target)
      if judged.lead == nearest {
        own.hourCount += 1
        own.activeHourCount += judged.active ? 1 : 0
      }
      own.mixture.append(judged.probability, active: judged.active)
      totals[0].append(judged.probability, active: judged.active)
      for (index, place) in baselinePlaces.enumerated() {
        own.baselineLosses[index] += ScoreSums.loss(of: said[place], judged.active)
        totals[1 + index].append(said[place], active: judged.active)
      }
    }
    scores[stream] = own
  }

  package var streams: [String] { scores.keys.sorted() }

  /// The number of hours of which a stream or more was forecast.
  package var hourCount: Int { hours.count }

  /// The scores of the mixture, or of a baseline, over all streams and leads.
  package func total(of forecaster: Forecaster) -> ScoreSums {
    guard let place = list.place(of: forecaster) else { return ScoreSums() }
    return place == 0
      ? totals[0] : baselinePlaces.firstIndex(of: place).map { totals[1 + $0] } ?? ScoreSums()
  }

  /// One stream, or all of them, at one lead, or at all.
  package func series(stream: String?, lead: Int?) -> Series {
    var series = Series(list)
    for name in stream.map({ [$0] }) ?? streams {
      for (itsLead, forecasts) in (kept[name] ?? [:]).sorted(by: { $0.key < $1.key })
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

extension ExpertList {
  /// Where a forecaster stands among what is said of an hour: the mixture first, then the experts.
  fileprivate func place(of forecaster: Evaluation.Forecaster) -> Int? {
    forecaster == .mixture ? 0 : names.firstIndex(of: forecaster.name).map { $0 + 1 }
  }
}
