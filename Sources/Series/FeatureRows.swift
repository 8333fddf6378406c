/// Makes the features of one origin, lead by lead. What does not depend on the lead is computed once.
package struct FeatureRows {
  private let rolling: RollingFeatures
  private let list: FeatureList
  /// What the rows of all leads end with.
  package let ofOrigin: [Float]
  private let renewal: [Double]
  private let baseRate: Double
  /// By local day of the target, of which there are few.
  private var anchors: [Int: MonthlyAnchors] = [:]

  /// - Parameters:
  ///   - horizon: The largest lead that will be asked for.
  ///   - list: What a row consists of.
  package init(_ rolling: RollingFeatures, horizon: Int, features list: FeatureList = .standard) {
    self.rolling = rolling
    self.list = list
    baseRate = rolling.climatology.baseRate
    renewal = rolling.gaps.renewalProbabilities(horizon: horizon, fallback: baseRate)
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
    let context = TargetContext(
      rolling, lead: lead, baselines, renewal: renewal[lead - 1], baseRate: baseRate
    ) { day in
      if let known = anchors[day] { return known }
      let new = MonthlyAnchors(day: day, isWorkingDay: rolling.calendar.isWorkingDay)
      anchors[day] = new
      return new
    }
    for feature in list.ofTarget { rows.append(feature.value(context)) }
  }
}
