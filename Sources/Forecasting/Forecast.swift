/// The forecast, made at the end of one hour, of a later one.
package struct Forecast: Equatable, Sendable {
  /// 1 … horizon, in hours after the origin.
  package var lead: Int
  /// P(the target hour is active | all known at the origin).
  package var probability: Double
  /// The penalised network's own output; nil before there is a network.
  package var score: Double?

  package init(lead: Int, probability: Double, score: Double?) {
    self.lead = lead
    self.probability = probability
    self.score = score
  }
}

/// A forecast whose hour is over, with every expert's forecast.
package struct JudgedForecast: Equatable, Sendable {
  /// The hour it is about, since the epoch.
  package var target: Int
  /// Hours from the origin to the target.
  package var lead: Int
  package var active: Bool
  /// To two digits, as it is kept until then.
  package var probability: Double
  /// What the mixture had said before it was held near the base rate; to two digits.
  package var mixed: Double
  /// To two digits, as they are kept until then.
  package var experts: ExpertPredictions

  package init(
    target: Int, lead: Int, active: Bool, probability: Double, mixed: Double? = nil,
    experts: ExpertPredictions
  ) {
    self.target = target
    self.lead = lead
    self.active = active
    self.probability = probability
    self.mixed = mixed ?? probability
    self.experts = experts
  }
}
