/// Something about Harbinger's own sources and models that people should know: told when it begins and when it
/// is over, once.
package enum HealthEvent: Hashable, Sendable {
  /// Nothing comes from a source although requests were expected.
  case sourceStalled(name: String, hours: Int, bits: Double)
  case sourceCameBack(name: String, hours: Int)
  /// The network forecasts worse than the simple baselines.
  ///
  /// - Parameter skill: 1 − its log-loss ÷ that of the best of them.
  case modelDegraded(skill: Double)
  case modelRecovered(skill: Double)
}
