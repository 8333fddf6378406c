/// One input of the network: its name, its group for explanations, and its computation for a lead.
///
/// A generic type for both kinds would call its closures through conversions, dozens of times for every lead of every
/// stream.
package struct Feature: Sendable {
  package let name: String
  package let group: FeatureGroup
  /// The value, unscaled and always finite.
  let value: @Sendable (TargetContext) -> Float

  package init(
    _ name: String, _ group: FeatureGroup, _ value: @escaping @Sendable (TargetContext) -> Float
  ) {
    self.name = name
    self.group = group
    self.value = value
  }
}

/// An input that is the same for all leads.
package struct OriginFeature: Sendable {
  package let name: String
  package let group: FeatureGroup
  /// The value, unscaled and always finite.
  let value: @Sendable (RollingFeatures) -> Float

  package init(
    _ name: String, _ group: FeatureGroup, _ value: @escaping @Sendable (RollingFeatures) -> Float
  ) {
    self.name = name
    self.group = group
    self.value = value
  }
}

/// The inputs of the network, in the order of a row. To add one, add an entry to `TargetFeatures` or to
/// `OriginFeatures`; names, explanations, model files and the network's width follow the list.
package struct FeatureList: Sendable {
  /// The features of an origin and a lead.
  package var ofTarget: [Feature]
  /// The features of an origin only; they follow the others in a row.
  package var ofOrigin: [OriginFeature]

  package static let standard = FeatureList(
    ofTarget: TargetFeatures.all, ofOrigin: OriginFeatures.all)

  package var names: [String] { ofTarget.map(\.name) + ofOrigin.map(\.name) }
  package var groups: [FeatureGroup] { ofTarget.map(\.group) + ofOrigin.map(\.group) }
}
