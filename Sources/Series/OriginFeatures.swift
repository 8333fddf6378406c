import Glibc

/// The features of an origin that do not depend on the lead.
enum OriginFeatures {
  static let all = gaps + recent + rates + days

  private static let gaps: [OriginFeature] = [
    OriginFeature("log hours since last", .idleTime) { Float(log1p(Double($0.idleHours))) },
    OriginFeature("log hours since last but one", .idleTime) {
      Float(log1p(Double($0.hoursSince($0.lastButOneActive))))
    },
    OriginFeature("log run length", .recentActivity) { Float(log1p(Double($0.runLength))) },
  ]

  private static let recent: [OriginFeature] =
    [1, 3, 6, 12, 24, 72, 168, 720].map { hours in
      OriginFeature("active share, \(hours) h", .recentActivity) {
        Float(Double($0.activity.activeCount(last: hours)) / Double(hours))
      }
    }
    + [24, 1].map { hours in
      OriginFeature("log requests, \(hours) h", .recentActivity) {
        Float(log1p($0.activity.requestCount(last: hours)))
      }
    }
    + [2, 4, 7, 9].map { level in
      OriginFeature(
        "decaying activity, \(Int(DecayingActivity.halfLivesHours[level])) h", .recentActivity
      ) {
        Float($0.decaying.level(level))
      }
    }
    + DecayingActivity.halfLivesHours.enumerated().map { index, hours in
      OriginFeature("excess activity, \(Int(hours)) h", .recentActivity) {
        Float($0.decaying.excess(index, baseRate: $0.climatology.baseRate))
      }
    }
    + DecayingActivity.countHalfLivesHours.enumerated().map { index, hours in
      OriginFeature("log decaying requests, \(Int(hours)) h", .recentActivity) {
        Float($0.decaying.logRequests(index))
      }
    }

  private static let rates: [OriginFeature] = [
    OriginFeature("log gaps longer than this", .idleTime) { Float(log1p($0.gaps.survivorCount)) },
    OriginFeature("base rate", .usualRate) { clampedLogit($0.climatology.baseRate) },
    OriginFeature("intermittent demand", .usualRate) {
      clampedLogit($0.climatology.intermittentDemandRate)
    },
    OriginFeature("persistence", .usualRate) { clampedLogit($0.climatology.persistence) },
  ]

  private static let days: [OriginFeature] = [
    OriginFeature("log hours active today", .recentActivity) {
      Float(log1p(Double($0.days.hoursActiveToday)))
    },
    OriginFeature("active yesterday", .recentActivity) { $0.days.wasActive(daysAgo: 1) ? 1 : 0 },
    OriginFeature("active days, 7 d", .recentActivity) { Float($0.days.activeShare(days: 7)) },
    OriginFeature("active days, 28 d", .recentActivity) { Float($0.days.activeShare(days: 28)) },
  ]
}
