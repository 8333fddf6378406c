package import Series

/// An expert that corrects what one expert says by what others say, as `Stacking` learns to.
package protocol StackedExpert: Expert {
  var stacking: Stacking { get set }

  /// - Parameter said: The forecasts of the experts before it in the list.
  /// - Returns: The probability to be corrected, and those it is corrected by, always as many and in the same order;
  ///   nil: there is nothing to correct.
  static func arguments(_ said: ExpertPredictions) -> (corrected: Double, others: [Double])?
}

extension StackedExpert {
  package func predictOne(_ inputs: ExpertInputs) -> Double? {
    guard let (corrected, others) = Self.arguments(inputs.earlier) else { return nil }
    return stacking.predictOne(corrected, others: others, lead: inputs.lead)
  }

  package mutating func learnOne(_ forecast: JudgedForecast) {
    guard let (corrected, others) = Self.arguments(forecast.experts) else {
      // What it learned of forecasters that do not speak any more is of no use.
      stacking.forget()
      return
    }
    stacking.learnOne(corrected, others: others, lead: forecast.lead, active: forecast.active)
  }

  package func write(to writer: inout ByteWriter) {
    stacking.write(to: &writer)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    try stacking.read(from: &reader)
  }
}
