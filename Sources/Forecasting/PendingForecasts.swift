package import Series

/// The forecasts of the last `horizon` origins, kept until their hours are over.
package struct PendingForecasts: Equatable, Sendable {
  private struct Origin: Equatable, Sendable {
    var hour: Int
    /// By lead.
    var probabilities: [Double]
    /// `[lead][expert]`.
    var experts: [Double]
  }

  private let horizon: Int
  private let list: ExpertList
  /// By hour modulo `horizon`.
  private var origins: [Origin?]

  package init(horizon: Int, experts list: ExpertList) {
    self.horizon = horizon
    self.list = list
    origins = Array(repeating: nil, count: horizon)
  }

  package mutating func store(origin: Int, probabilities: [Double], experts: [Double]) {
    origins[slot(origin)] = Origin(hour: origin, probabilities: probabilities, experts: experts)
  }

  /// The forecasts that were made for `hour`, nearest origin first.
  package func judge(hour: Int, active: Bool) -> [JudgedForecast] {
    (1...horizon).compactMap { lead in
      guard let origin = origins[slot(hour - lead)], origin.hour == hour - lead else { return nil }
      return JudgedForecast(
        target: hour, lead: lead, active: active, probability: origin.probabilities[lead - 1],
        experts: predictions(origin, lead: lead))
    }
  }

  /// What the experts said; nil if no forecast is pending.
  func experts(origin hour: Int, lead: Int) -> ExpertPredictions? {
    guard let origin = origins[slot(hour)], origin.hour == hour else { return nil }
    return predictions(origin, lead: lead)
  }

  private func predictions(_ origin: Origin, lead: Int) -> ExpertPredictions {
    ExpertPredictions(list, origin.experts[(lead - 1) * list.count..<lead * list.count])
  }

  private func slot(_ hour: Int) -> Int {
    ((hour % horizon) + horizon) % horizon
  }

  package func write(to writer: inout ByteWriter) {
    for origin in origins {
      writer.write(origin?.hour ?? Int.min)
      guard let origin else { continue }
      writer.write(origin.probabilities)
      writer.write(origin.experts)
    }
  }

  package init(
    from reader: inout ByteReader, horizon: Int, experts list: ExpertList
  ) throws(ByteReader.Damaged) {
    self.init(horizon: horizon, experts: list)
    for index in origins.indices {
      guard let hour = try reader.readHourIfAny() else { continue }
      origins[index] = Origin(
        hour: hour, probabilities: try reader.readProbabilities(count: horizon),
        experts: try reader.readArray(of: Double.self, count: horizon * list.count))
      guard
        origins[index]?.experts.allSatisfy({
          $0 == ExpertPredictions.absent || (0...1).contains($0)
        }) ?? true
      else {
        throw ByteReader.Damaged()
      }
    }
  }
}
