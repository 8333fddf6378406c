package import Series

/// One forecaster of the mixture, with what it has learned of one stream at all leads.
///
/// To add one, write a type that conforms and add it to `ExpertList.standard`; scores, status, reports and
/// stored state follow the list.
package protocol Expert: Equatable, Sendable {
  /// For people and reports.
  static var name: String { get }
  /// Its weight in the mixture before anything is known of a stream; the weights of a list need not sum to 1.
  static var prior: Double { get }
  /// It knows nothing but the stream's own past, so that the networks are compared with it.
  static var isBaseline: Bool { get }

  /// - Parameter horizon: The largest lead.
  init(horizon: Int)

  /// The probability that the target hour is active; nil: it has nothing to say.
  func predictOne(_ inputs: ExpertInputs) -> Double?

  /// The target hour of a forecast is over.
  mutating func learnOne(_ forecast: JudgedForecast)

  /// What it has learned, in the form that `read` takes.
  func write(to writer: inout ByteWriter)
  /// Takes what `write` wrote, for the same horizon.
  ///
  /// - Throws: `Damaged` for what it could not have written.
  mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged)
}

/// The defaults are those of an expert that learns nothing but by the stream's features or the networks.
extension Expert {
  package static var isBaseline: Bool { false }
  package mutating func learnOne(_ forecast: JudgedForecast) {}
  package func write(to writer: inout ByteWriter) {}
  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {}

  func equals(_ other: any Expert) -> Bool { (other as? Self) == self }
}

/// What an expert is given for a forecast of one lead.
package struct ExpertInputs: Sendable {
  /// 1 … horizon.
  package var lead: Int
  /// What is known of the stream at the origin.
  package var rolling: RollingFeatures
  /// Of the target hour.
  package var baselines: Baselines
  /// Of all leads.
  package var models: Models.Predictions
  /// `[expert]`: the weights at lead 1, which have learned from every hour.
  package var nearWeights: [Double] = []
  /// Of the experts that stand before this one in the list.
  package var earlier: ExpertPredictions
}
