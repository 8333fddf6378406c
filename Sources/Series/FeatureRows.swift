/// Makes the features of one origin, lead by lead. What does not depend on the lead is computed once.
package struct FeatureRows {
  private let context: TargetContext
  private let list: FeatureList
  /// What the rows of all leads end with.
  package let ofOrigin: [Float]

  /// - Parameters:
  ///   - horizon: The largest lead that will be asked for.
  ///   - list: What a row consists of.
  package init(_ rolling: RollingFeatures, horizon: Int, features list: FeatureList = .standard) {
    context = TargetContext(rolling, horizon: horizon)
    self.list = list
    ofOrigin = list.ofOrigin.map { $0.value(rolling) }
  }

  /// Of the standard list, in the order of a row.
  package static let names = FeatureList.standard.names
  /// So many of them belong to a lead; the others are `ofOrigin`.
  package static let leadCount = FeatureList.standard.ofTarget.count

  /// Appends one row of unscaled features.
  package mutating func append(lead: Int, baselines: Baselines, to rows: inout [Float]) {
    appendLead(lead, baselines, to: &rows)
    rows += ofOrigin
  }

  /// Appends the features of a row that belong to the lead.
  package mutating func appendLead(_ lead: Int, _ baselines: Baselines, to rows: inout [Float]) {
    context.move(toLead: lead, baselines)
    let features = list.ofTarget.span
    for index in features.indices { rows.append(features[index].value(context)) }
  }
}
