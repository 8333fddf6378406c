package import Alerts
package import Forecasting
package import Reporting

/// What a page shows of one stream: forecasts, requests and alerts.
package struct StreamHistory: Sendable {
  /// An alert, its outcome, and its message.
  package struct SentAlert: Equatable, Sendable {
    package var alert: Alert
    package var outcome: Alert.Outcome?
    /// As in the journal.
    package var message: String

    package init(alert: Alert, outcome: Alert.Outcome?, message: String) {
      self.alert = alert
      self.outcome = outcome
      self.message = message
    }
  }

  /// Which forecasters the mixture trusts, now.
  package struct Trust: Equatable, Sendable {
    package var leadHours: Int
    /// The one that counts most first; the weights sum to 1.
    package var experts: [Explanation.ExpertContribution]

    package init(leadHours: Int, experts: [Explanation.ExpertContribution]) {
      self.leadHours = leadHours
      self.experts = experts
    }

    func weight(of name: String) -> Double {
      experts.first { $0.expert == name }?.weight ?? 0
    }
  }

  package var outlook: StreamOutlook
  /// How far ahead alerts may warn: the leads that are scored.
  package var leadHours: ClosedRange<Int>
  /// Ascending, since the stream began.
  package var activeHours: [Int]
  /// By the hour at whose end they were made; each by lead, from 1.
  package var forecasts: [Int: [Double]]
  /// Oldest first.
  package var alerts: [SentAlert]
  /// Of one lead or of two, the nearest first; empty: nothing was learned yet.
  package var trust: [Trust]

  package init(
    outlook: StreamOutlook, leadHours: ClosedRange<Int>, activeHours: [Int],
    forecasts: [Int: [Double]], alerts: [SentAlert],
    trust: [Trust]
  ) {
    self.outlook = outlook
    self.leadHours = leadHours
    self.activeHours = activeHours
    self.forecasts = forecasts
    self.alerts = alerts
    self.trust = trust
  }
}
