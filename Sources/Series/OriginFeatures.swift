import Glibc

/// The features of an origin that do not depend on the lead.
enum OriginFeatures {
  static let all = gaps + recent + rates + days

  private static let gaps: [Feature<RollingFeatures>] = [
    Feature("log hours since last", .idleTime) { Float(log1p(Double($0.idleHours))) },
    Feature("log hours since last but one", .idleTime) {
      Float(log1p(Double($0.hoursSince($0.lastButOneActive))))
    },
    Feature("log run length", .recentActivity) { Float(log1p(Double($0.runLength))) },
  ]

  private static let recent: [Feature<RollingFeatures>] =
    [1, 3, 6, 12, 24, 72, 168, 720].map { hours in
      Feature("active share, \(hours) h", .recentActivity) {
        Float(Double($0.activity.activeCount(last: hours)) / Double(hours))
      }
    }
    + [24, 1].map { hours in
      Feature("log requests, \(hours) h", .recentActivity) {
        Float(log1p($0.activity.requestCount(last: hours)))
      }
    }
    + [2, 4, 7, 9].map { level in
      Feature(
        "decaying activity, \(Int(DecayingActivity.halfLivesHours[level])) h", .recentActivity
      ) {
        Float($0.decaying.level(level))
      }
    }
    + DecayingActivity.halfLivesHours.enumerated().map { index, hours in
      Feature("excess activity, \(Int(hours)) h", .recentActivity) {
        Float($0.decaying.excess(index, baseRate: $0.climatology.baseRate))
      }
    }
    + DecayingActivity.countHalfLivesHours.enumerated().map { index, hours in
      Feature("log decaying requests, \(Int(hours)) h", .recentActivity) {
        Float($0.decaying.logRequests(index))
      }
    }

  private static let rates: [Feature<RollingFeatures>] = [
    Feature("log gaps longer than this", .idleTime) { Float(log1p($0.gaps.survivorCount)) },
    Feature("base rate", .usualRate) { clampedLogit($0.climatology.baseRate) },
    Feature("intermittent demand", .usualRate) {
      clampedLogit($0.climatology.intermittentDemandRate)
    },
    Feature("persistence", .usualRate) { clampedLogit($0.climatology.persistence) },
  ]

  private static let days: [Feature<RollingFeatures>] = [
    Feature("log hours active today", .recentActivity) {
      Float(log1p(Double($0.days.hoursActiveToday)))
    },
    Feature("active yesterday", .recentActivity) { $0.days.wasActive(daysAgo: 1) ? 1 : 0 },
    Feature("active days, 7 d", .recentActivity) { Float($0.days.activeShare(days: 7)) },
    Feature("active days, 28 d", .recentActivity) { Float($0.days.activeShare(days: 28)) },
  ]
}
