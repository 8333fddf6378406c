/// Computes the feature rows of one origin, lead by lead. Features that do not depend on the lead are computed once.
package struct FeatureRows {
  private let context: TargetContext
  private let list: FeatureList
  /// The features that do not depend on the lead; every row ends with them.
  package let ofOrigin: [Float]

  /// - Parameters:
  ///   - horizon: The largest lead that will be requested.
  ///   - list: The features of a row.
  package init(_ rolling: RollingFeatures, horizon: Int, features list: FeatureList = .standard) {
    context = TargetContext(rolling, horizon: horizon)
    self.list = list
    ofOrigin = list.ofOrigin.map { $0.value(rolling) }
  }

  /// The names of the standard list, in the order of a row.
  package static let names = FeatureList.standard.names
  /// How many of them depend on the lead; the others are `ofOrigin`.
  package static let leadCount = FeatureList.standard.ofTarget.count

  /// Appends one row of unscaled features.
  package mutating func append(lead: Int, baselines: Baselines, to rows: inout [Float]) {
    appendLead(lead, baselines, to: &rows)
    rows += ofOrigin
  }

  /// Appends the features of a row that depend on the lead.
  package mutating func appendLead(_ lead: Int, _ baselines: Baselines, to rows: inout [Float]) {
    context.move(toLead: lead, baselines)
    let features = list.ofTarget.span
    for index in features.indices { rows.append(features[index].value(context)) }
  }
}
