import Glibc
import Series

/// Watches, hour by hour, whether the simple baselines know a stream better than its network does.
///
/// The evidence is the log-likelihood ratio of the baselines' mean probability to the network's, summed since it
/// was last below zero (Page's cumulative sum). As long as the network's probabilities are true, the mean time
/// until the evidence reaches ln(n) is at least n hours, whatever the stream: that is all the tuning there is.
///
/// - Source: Page, "Continuous inspection schemes", Biometrika 41 (1954); Lorden, "Procedures for reacting to a
///   change in distribution", Annals of Mathematical Statistics 42 (1971).
package struct DriftTest: Equatable, Sendable {
  /// In nats.
  package private(set) var evidence = 0.0

  package init() {}

  /// - Parameters:
  ///   - baselines: Probabilities that were given to the hour.
  ///   - network: The network's.
  package mutating func learnOne(baselines: [Double], network: Double, active: Bool) {
    let mean = baselines.reduce(0, +) / Double(max(1, baselines.count))
    let ratio =
      RunningScore.logLoss(network, active) - RunningScore.logLoss(mean, active)
    evidence = max(0, evidence + ratio)
  }

  /// The evidence at which one of `streamCount` streams raises a false alarm once a year, at most.
  package static func threshold(streamCount: Int) -> Double {
    log(24 * 365 * Double(max(1, streamCount)))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(evidence)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damaged) {
    evidence = try reader.readSum()
  }
}
