import Arithmetic
package import Series

/// Everything learned about one stream but the networks: its rolling features, how far each expert is to be
/// trusted at each lead, and the forecasts whose hours are still to come.
///
/// At every hour's end: judge the forecasts that were made for it, learn from them, take the hour into the
/// features, forecast. In this order, so that nothing is judged by what it has already seen.
package struct StreamForecaster: Equatable, Sendable {
  package private(set) var features: RollingFeatures
  /// The newest forecasts, by lead.
  package private(set) var forecasts: [Forecast] = []
  /// How right the forecasts were: at lead 1, at lead 6, at the longest.
  package private(set) var scores: [RunningScore]

  private let settings: ForecastSettings
  private let list: ExpertList
  private var experts: [any Expert]
  private var mixtures: [Mixture]
  private var shrinkage: BaseRateShrinkage
  private var calibration = HighProbabilityCalibration()
  private var pending: PendingForecasts
  /// Of the next hour's forecasts.
  package private(set) var drift = DriftTest()
  /// The mean of the features, of one lead an hour, the leads in turn; unscaled, empty before the first hour.
  package private(set) var usualRow: [Float] = []
  private var usualCount = 0
  /// The features of the next hour as they are now, for when it has surprised.
  private var nextHourRow: [Float] = []
  /// Hours the present activity is still held for.
  private var heldHours = 0

  /// - Parameters:
  ///   - hour: The first hour that will be closed.
  ///   - list: The experts whose forecasts are mixed.
  package init(
    startingAt hour: Int, calendar: HourCalendar, settings: ForecastSettings,
    experts list: ExpertList = .standard
  ) {
    self.settings = settings
    self.list = list
    features = RollingFeatures(startingAt: hour, calendar: calendar)
    let horizon = settings.horizonHours
    experts = list.types.map { $0.init(horizon: horizon) }
    let prior = list.priors
    mixtures = (1...horizon).map { Mixture(lead: $0, prior: prior) }
    shrinkage = BaseRateShrinkage(horizon: horizon)
    pending = PendingForecasts(horizon: horizon, experts: list)
    scores = Array(
      repeating: RunningScore(experts: list), count: Self.scoredLeads(horizon: horizon).count)
  }

  /// The leads, in hours, whose scores are kept and shown.
  package static func scoredLeads(horizon: Int) -> [Int] {
    [1, 6, 24].filter { $0 < horizon } + [horizon]
  }

  /// The newest closed hour.
  package var origin: Int { features.origin }

  /// What an hour's end brings.
  package struct ClosedHour: Equatable, Sendable {
    package var hour: Int
    package var active: Bool
    /// The probability that lead 1 gave to this hour; nil if there was no forecast for it.
    package var expected: Double?
    /// The forecasts that were made for this hour, judged, by lead.
    package var judged: [JudgedForecast]
    /// Of the forecast of lead 1.
    package var inputs: ForecastInputs?
    /// `[lead][feature]`, unscaled: what the forecasts from the hour's end were made from.
    package var rows: [Float] = []

    /// - Parameter lead: 1 … horizon.
    package func row(lead: Int) -> ArraySlice<Float> {
      let width = FeatureRows.names.count
      return rows[(lead - 1) * width..<lead * width]
    }
  }

  /// Closes the next hour, with what the networks know.
  package mutating func close(count: Int, models: Models) -> ClosedHour {
    var closed = learn(count: count)
    closed.rows = forecast(models)
    return closed
  }

  /// Closes an hour that needs no forecast: one that was over before the stream was known.
  package mutating func skip(count: Int) {
    closeWithoutForecast(count: count)
    learnUsual(row(lead: usualLead)[...])
  }

  /// Learns an hour without making forecasts, to catch up many hours at once; the usual row is not updated.
  ///
  /// - Returns: Whether it was active.
  @discardableResult package mutating func closeWithoutForecast(count: Int) -> Bool {
    let closed = learn(count: count)
    forecasts = []
    nextHourRow = []
    return closed.active
  }

  private var usualLead: Int {
    let horizon = settings.horizonHours
    return floorModulo(origin, horizon) + 1
  }

  /// Beyond this many hours the older ones fade.
  private static let usualHours = 24 * 28

  private mutating func learnUsual(_ row: ArraySlice<Float>) {
    usualCount = min(usualCount + 1, Self.usualHours)
    guard !usualRow.isEmpty else {
      usualRow = Array(row)
      return
    }
    let part = 1 / Float(usualCount)
    for (column, value) in zip(usualRow.indices, row) {
      usualRow[column] = (usualRow[column] + part * (value - usualRow[column])).inSixteenBits
    }
  }

  private mutating func learn(count: Int) -> ClosedHour {
    let hour = origin + 1
    let active = label(count: count)
    let judged = pending.judge(hour: hour, active: active)
    let nearest = judged.first.flatMap { $0.lead == 1 ? $0 : nil }
    let inputs = nearest.map {
      ForecastInputs(
        row: nextHourRow, experts: $0.experts, weights: trustedWeights($0.experts, lead: 1))
    }
    var shrunk: [Double] = []
    for forecast in judged {
      let index = forecast.lead - 1
      let said = forecast.experts
      mixtures[index].learnOne(
        said.values[...], target: hour, active: active,
        share: Mixture.share(baseRate: said[BaseRate.self] ?? 0.5))
      shrunk.append(
        shrinkage.predictOne(
          forecast.mixed, said, lead: forecast.lead, activeHours: features.activeHourCount))
      shrinkage.learnOne(forecast.mixed, said, lead: forecast.lead, active: active)
      if forecast.lead == 1, let network = said[CurrentNetwork.self] {
        drift.learnOne(baselines: said.baselines, network: network, active: active)
      }
      for index in experts.indices { experts[index].learnOne(forecast) }
    }
    calibration.learnOne(shrunk, active: active, activeHours: features.activeHourCount)
    for (index, lead) in Self.scoredLeads(horizon: settings.horizonHours).enumerated() {
      if let forecast = judged.first(where: { $0.lead == lead }) { scores[index].record(forecast) }
    }
    features.close(active: active, count: count)
    return ClosedHour(
      hour: hour, active: active, expected: nearest?.probability, judged: judged, inputs: inputs)
  }

  /// An hour is active when enough requests came, in it or in the `holdHours` − 1 before it.
  private mutating func label(count: Int) -> Bool {
    if count >= settings.minRequests {
      heldHours = settings.holdHours
    }
    defer { heldHours = max(0, heldHours - 1) }
    return heldHours > 0
  }

  /// - Returns: The rows that it was made from.
  private mutating func forecast(_ models: Models) -> [Float] {
    let horizon = settings.horizonHours
    let baselines = (1...horizon).map { features.baselines(lead: $0) }
    var featureRows = FeatureRows(features, horizon: horizon)
    var rows: [Float] = []
    rows.reserveCapacity(horizon * FeatureRows.names.count)
    for lead in 1...horizon {
      featureRows.append(lead: lead, baselines: baselines[lead - 1], to: &rows)
    }
    var predictions = models.predictions(rows: rows)
    predictions.pretrained = settings.pretrained?.probabilities(rows, of: features)
    var said: [Double] = []
    var probabilities: [Double] = []
    var mixed: [Double] = []
    said.reserveCapacity(horizon * list.count)
    forecasts.removeAll(keepingCapacity: true)
    var inputs = ExpertInputs(
      lead: 1, rolling: features, baselines: baselines[0], models: predictions,
      earlier: ExpertPredictions(list, [Double]()))
    inputs.nearWeights = mixtures[0].weights(target: origin + 1)
    for lead in 1...horizon {
      inputs.lead = lead
      inputs.baselines = baselines[lead - 1]
      inputs.earlier.removeAll()
      for index in experts.indices {
        // By itself: all inputs would be copied if they changed while they are read.
        let prediction = experts[index].predictOne(inputs)
        inputs.earlier.append(prediction)
      }
      said += inputs.earlier.values
      let supported = BaseRateShrinkage.supported(
        mixtures[lead - 1].predictOne(inputs.earlier.values[...], target: origin + lead),
        baseRate: inputs.baselines.baseRate, activeHours: features.activeHourCount)
      let probability = calibration.predictOne(
        shrinkage.predictOne(
          supported, inputs.earlier, lead: lead, activeHours: features.activeHourCount))
      mixed.append(supported)
      probabilities.append(probability)
      forecasts.append(
        Forecast(
          lead: lead, probability: Double(Float(probability)),
          score: predictions.score.map { Double(Float($0[lead - 1])) }))
    }
    pending.store(origin: origin, probabilities: probabilities, mixed: mixed, experts: said)
    let width = FeatureRows.names.count
    nextHourRow = Array(rows[..<width])
    learnUsual(rows[(usualLead - 1) * width..<usualLead * width])
    return rows
  }

  /// The features of a lead as they are now, unscaled.
  package func row(lead: Int) -> [Float] {
    var row: [Float] = []
    var rows = FeatureRows(features, horizon: settings.horizonHours)
    rows.append(lead: lead, baselines: features.baselines(lead: lead), to: &row)
    return row
  }

  /// What the newest forecast of a lead was made from; nil if none was made.
  package func inputs(lead: Int) -> ForecastInputs? {
    guard forecasts.indices.contains(lead - 1),
      let said = pending.experts(origin: origin, lead: lead)
    else { return nil }
    return ForecastInputs(
      row: row(lead: lead), experts: said, weights: trustedWeights(said, lead: lead))
  }

  /// How much each expert counts in the forecast at a lead, in the order of the list.
  package func weights(lead: Int) -> [Double] {
    mixtures[lead - 1].weights(target: origin + lead)
  }

  /// What each expert counts for in the newest forecast of a lead; empty before there is one.
  package func contributions(lead: Int) -> [ExpertPredictions.Contribution] {
    pending.experts(origin: origin, lead: lead)
      .map { $0.contributions(trustedWeights($0, lead: lead)) } ?? []
  }

  /// The same as far as the mixture is trusted; the rest counts for the pretrained network and the base rate.
  private func trustedWeights(_ said: ExpertPredictions, lead: Int) -> [Double] {
    var weights = weights(lead: lead)
    guard let baseRate = list.index(of: BaseRate.self) else { return weights }
    let shrunk = shrinkage.weights(said, lead: lead, activeHours: features.activeHourCount)
    let present = weights.indices.reduce(0) { $0 + (said[$1] == nil ? 0 : weights[$1]) }
    for index in weights.indices { weights[index] *= shrunk.mixture }
    weights[baseRate] += shrunk.baseRate * present
    if let pretrained = list.index(of: PretrainedNetwork.self) {
      weights[pretrained] += shrunk.pretrained * present
    }
    return weights
  }

  /// What is said where the experts make this together.
  package func calibrated(_ mixed: Double) -> Double { calibration.predictOne(mixed) }

  /// A network was made from all hours: what is held against the old one does not count any more.
  package mutating func resetDrift() {
    drift = DriftTest()
  }

  /// A network was made anew: it enters with a part of the old one's weight.
  package mutating func adoptNetwork() {
    guard let current = list.index(of: CurrentNetwork.self),
      let previous = list.index(of: PreviousNetwork.self)
    else { return }
    for index in mixtures.indices {
      mixtures[index].move(1, from: previous, to: current)
      mixtures[index].move(0.5, from: current, to: previous)
    }
  }
}

extension StreamForecaster {
  package static func == (a: StreamForecaster, b: StreamForecaster) -> Bool {
    a.features == b.features && a.forecasts == b.forecasts && a.scores == b.scores
      && a.settings == b.settings && a.list == b.list
      && a.experts.elementsEqual(b.experts) { $0.equals($1) }
      && a.mixtures == b.mixtures && a.shrinkage == b.shrinkage
      && a.calibration == b.calibration && a.pending == b.pending
      && a.drift == b.drift
      && a.usualRow == b.usualRow && a.usualCount == b.usualCount
      && a.nextHourRow == b.nextHourRow && a.heldHours == b.heldHours
  }

  package func write(to writer: inout ByteWriter) {
    features.write(to: &writer)
    writer.write(heldHours)
    for mixture in mixtures { mixture.write(to: &writer) }
    shrinkage.write(to: &writer)
    calibration.write(to: &writer)
    for expert in experts { expert.write(to: &writer) }
    for score in scores { score.write(to: &writer) }
    pending.write(to: &writer)
    writer.write(forecasts.map { Float($0.probability) })
    writer.write(forecasts.map { $0.score.map { Float($0) } ?? .nan })
    drift.write(to: &writer)
    writer.write(usualRow)
    writer.write(usualCount)
  }

  /// - Throws: `ByteReader.Damaged`, also for bytes of other settings or another list of experts.
  package init(
    from reader: inout ByteReader, calendar: HourCalendar, settings: ForecastSettings,
    experts list: ExpertList = .standard
  ) throws(ByteReader.Damaged) {
    self.init(startingAt: 0, calendar: calendar, settings: settings, experts: list)
    features = try RollingFeatures(from: &reader, calendar: calendar)
    heldHours = try reader.readInt(in: 0...settings.holdHours)
    for index in mixtures.indices { try mixtures[index].readWeights(from: &reader) }
    try shrinkage.read(from: &reader)
    try calibration.read(from: &reader)
    for index in experts.indices { try experts[index].read(from: &reader) }
    for index in scores.indices { scores[index] = try RunningScore(from: &reader, experts: list) }
    pending = try PendingForecasts(from: &reader, horizon: settings.horizonHours, experts: list)
    let probabilities = try Self.readFloats(&reader)
    let networkScores = try Self.readFloats(&reader)
    guard networkScores.count == probabilities.count else { throw ByteReader.Damaged() }
    forecasts = zip(probabilities, networkScores).enumerated().map { index, said in
      Forecast(
        lead: index + 1, probability: Double(said.0),
        score: said.1.isNaN ? nil : Double(said.1))
    }
    drift = try DriftTest(from: &reader)
    usualRow = try reader.readArray(of: Float.self)
    usualCount = try reader.readInt()
    if reader.hasFinerNumbers { _ = try reader.readArray(of: Float.self) }
    let width = FeatureRows.names.count
    // A feature is a share, a logit or the logarithm of a number that can be.
    let possibleFeatures: ClosedRange<Float> = -40...40
    guard usualRow.isEmpty || usualRow.count == width, (0...Self.usualHours).contains(usualCount),
      usualRow.allSatisfy(possibleFeatures.contains),
      forecasts.isEmpty || forecasts.count == settings.horizonHours,
      (forecasts.map(\.probability) + forecasts.compactMap(\.score)).allSatisfy((0...1).contains)
    else { throw ByteReader.Damaged() }
    if !forecasts.isEmpty { nextHourRow = row(lead: 1) }
  }

  private static func readFloats(
    _ reader: inout ByteReader
  ) throws(ByteReader.Damaged) -> [Float] {
    reader.hasFinerNumbers
      ? try reader.readArray(of: Double.self).map { Float($0) }
      : try reader.readArray(of: Float.self)
  }
}
