import Arithmetic
import Glibc
package import Series

/// Calibrates the high probabilities of a stream by a slope of their own: those that are acted on.
///
/// Beyond `start` a logit z becomes z + w · (z − logit(start)). The number w is the stream's, and learned from the outcomes
/// at all leads, by one Newton step an hour on the log-loss with a ridge around 0: it grows where the mixture is too timid,
/// as it is of a job that hardly ever fails, and falls below 0 where it is too sure. The experts' weights do not see to
/// that, for of the hours that they learn from hardly any is given so much. A stream's first weeks say nothing about it:
/// a Saturday on which an office is expected would make the Monday after timid.
///
/// - Source: as `Stacking`, of which this is the case with one input.
package struct HighProbabilityCalibration: Equatable, Sendable {
  private static let start = 0.4
  private static let startLogit = logit(start)
  /// Of the stream, before anything is learned.
  private static let activeHoursMin = 150
  /// Of the Newton steps.
  private static let ridge = 3.0
  private static let memoryPerHour = exp2(-1.0 / (24 * 180))
  /// What is higher stays higher, and nothing becomes certain by a few successes.
  private static let changes = -0.7...2.0
  private static let curvatures = 1e-3...1e6

  /// Of the slope: w.
  private var change = 0.0
  private var curvature = ridge

  package init() {}

  package func predictOne(_ probability: Double) -> Double {
    guard change != 0, probability > Self.start else { return probability }
    let z = logit(Mixture.clamp(probability))
    return Mixture.clamp(sigmoid(z + change * (z - Self.startLogit)))
  }

  /// An hour is over.
  ///
  /// - Parameters:
  ///   - said: What was said of it at each lead, not calibrated.
  ///   - activeHours: Of the stream so far.
  package mutating func learnOne(_ said: [Double], active: Bool, activeHours: Int) {
    guard !said.isEmpty, activeHours >= Self.activeHoursMin else { return }
    var gradient = 0.0
    var added = 0.0
    for probability in said where probability > Self.start {
      let z = logit(Mixture.clamp(probability))
      let excess = z - Self.startLogit
      let predicted = sigmoid(z + change * excess)
      gradient += (predicted - (active ? 1 : 0)) * excess
      added += max(predicted * (1 - predicted), 1e-4) * excess * excess
    }
    // They are of the same hour, and so count for one.
    let part = 1 / Double(said.count)
    let fading = 1 - Self.memoryPerHour
    curvature += part * added + fading * (Self.ridge - curvature)
    change -= (part * gradient + Self.ridge * fading * change) / curvature
    change = min(max(change, Self.changes.lowerBound), Self.changes.upperBound)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(change)
    writer.write(curvature)
  }

  package mutating func read(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    change = try reader.readDouble()
    curvature = try reader.readDouble()
    guard Self.changes.contains(change), Self.curvatures.contains(curvature) else {
      throw ByteReader.Damaged()
    }
  }
}
