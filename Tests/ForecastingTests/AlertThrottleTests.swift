import Alerts
import Forecasting
import Testing

extension PolicyWatch {
  /// For each hour why its new `upcoming` alert was suppressed; "delivered" if it was not, "" for hours without an
  /// alert.
  fileprivate mutating func fates(_ hours: Int, every: Int, comes: Bool = false) -> [String] {
    (0..<hours).map { hour in
      let isRaised = hour % every == 0
      let decision = see(
        active: comes && hour % every == 1, expected: 0.5, isRaised ? [0.9] : [0.1])
      return decision.alerts.filter { $0.kind == .upcoming }.first.map {
        $0.suppressed?.rawValue ?? "delivered"
      } ?? ""
    }.filter { !$0.isEmpty }
  }
}

/// Every third hour an alert that turns out false: the wait grows 2, 4, 8, 16, 24.
@Test func aCooldownGrowsWithEveryAlertUpToTheLongest() {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 2...24
  let fates = watch.fates(90, every: 3)
  let delivered = fates.indices.filter { fates[$0] == "delivered" }.map { 3 * $0 }
  #expect(delivered == [0, 3, 9, 18, 36, 60, 84])
  #expect(fates.allSatisfy { ["delivered", "cooldown"].contains($0) })
}

@Test func aHitBringsBackTheShortestCooldown() {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 2...24
  #expect(watch.fates(30, every: 3, comes: true).allSatisfy { $0 == "delivered" })
}

@Test func aLongQuietBringsBackTheShortestCooldown() {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 2...24
  _ = watch.fates(40, every: 3)
  _ = (0..<24).map { _ in watch.see([0.1]) }
  #expect(watch.fates(6, every: 3) == ["delivered", "delivered"])
}

@Test func kindsWaitForThemselvesOnly() {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 24...24
  let alerts = watch.see(active: true, expected: 0.001, [0, 0.9]).alerts
  #expect(alerts.map(\.kind) == [.unexpected, .upcoming])
  #expect(alerts.allSatisfy { $0.suppressed == nil })
}

private let budgets: [(budget: Double, hours: [Int])] = [
  (2, [0, 4, 24, 28, 48, 52]), (1, [0, 24, 48]), (0.5, [0, 48]),
]

@Test(arguments: budgets)
func noMoreAreDeliveredThanTheBudgetAllows(budget: Double, hours: [Int]) {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 1...1
  watch.settings.budgetPerDay = budget
  let fates = watch.fates(72, every: 4)
  #expect(fates.indices.filter { fates[$0] == "delivered" }.map { 4 * $0 } == hours)
  #expect(Set(fates) == ["delivered", "budget"])
}

@Test(arguments: [
  (22 * 60, true), (23 * 60, true), (0, true), (6 * 60 + 59, true), (7 * 60, false),
  (12 * 60, false), (21 * 60 + 59, false),
]) func inQuietHoursAlertsAreOnlyRecorded(minute: Int, isQuiet: Bool) {
  var watch = PolicyWatch()
  watch.settings.quietHours = [.init(startMinute: 22 * 60, endMinute: 7 * 60)]
  watch.minuteOfDay = minute
  let alert = watch.see([0.9]).alerts.first
  #expect(alert?.suppressed == (isQuiet ? .quietHours : nil))
  // An episode has one alert: no other follows when the quiet hours end.
  watch.minuteOfDay = 12 * 60
  #expect(watch.upcoming([0.9]) == [])
}

@Test func whatIsMutedIsReportedFromThatTimeOn() {
  var watch = PolicyWatch()
  watch.settings.muteUntil = Int64(watch.hour + 4) * 3600
  #expect(watch.fates(4, every: 2) == ["muted", "delivered"])
}

@Test func aWithheldAlertKeepsItsOutcome() {
  var watch = PolicyWatch()
  watch.settings.muteUntil = .max
  for _ in 0..<6 { _ = watch.see() }
  let alert = watch.see([0.9]).alerts[0]
  #expect(watch.see(active: true).outcomes.map(\.alert) == [alert.id])
  #expect(watch.policy.tally.suppressed == 1)
  #expect(watch.policy.tally.alerts == 0)
  // The suppressed alert does not count as a warning.
  #expect(watch.policy.tally.episodes == 1 && watch.policy.tally.warned == 0)
}

// MARK: - What it came to

/// Ten days with a request at noon of each, forecast on eight of them, and two false alarms.
@Test func precisionAndRecallAreOfTheWarnings() {
  var watch = PolicyWatch()
  watch.settings.cooldownHours = 1...1
  for day in 0..<10 {
    for hour in 0..<24 {
      let isForeseen = hour == 11 && day < 8 || hour == 20 && day < 2
      _ = watch.see(active: hour == 12, expected: 0.5, isForeseen ? [0.7] : [])
    }
  }
  let tally = watch.policy.tally
  #expect(tally.alerts == 10 && tally.hits == 8 && tally.falseAlarms == 2)
  #expect(tally.episodes == 10 && tally.warned == 8)
  #expect(tally.precision == 0.8 && tally.recall == 0.8)
  // The trial with the same threshold saw the same; one below 0.7 too, one above nothing.
  let trials = Dictionary(
    uniqueKeysWithValues: watch.policy.trialTallies.map { ($0.threshold, $0.tally) })
  #expect(trials[0.5] == tally && trials[0.4] == tally)
  #expect(trials[0.8]?.alerts == 0 && trials[0.8]?.episodes == 10)
  var costs = AlertSettings()
  costs.missCost = 5
  costs.falseAlarmCost = 0.5
  #expect(tally.cost(costs) == 2 * 5 + 2 * 0.5)
}

@Test func theTallyForgetsAfterThirteenWeeks() {
  var watch = PolicyWatch()
  _ = watch.see([0.9])
  _ = watch.see(active: true)
  #expect(watch.policy.tally.hits == 1)
  for _ in 0..<(24 * 84) { _ = watch.see() }
  #expect(watch.policy.tally.hits == 1)
  for _ in 0..<(24 * 7) { _ = watch.see() }
  #expect(watch.policy.tally == WarningTally())
}

/// A request soon after another belongs to the same episode and raises no second warning.
@Test func anEpisodeBeginsAfterAnIdlenessAsLongAsTheLead() {
  var watch = PolicyWatch()
  watch.settings.leadHours = 1...3
  for idle in [3, 2, 1, 0, 3, 5] {
    for _ in 0..<idle { _ = watch.see() }
    _ = watch.see(active: true)
  }
  #expect(watch.policy.tally.episodes == 3)
}

// MARK: - Thresholds that follow from something

@Test func theThresholdFollowsFromTheCosts() {
  var watch = PolicyWatch()
  watch.settings.threshold = .costs
  watch.settings.missCost = 9
  #expect(watch.upcoming([0.09]) == [])
  #expect(watch.upcoming([0.11]) == [1])
  #expect(watch.policy.threshold == 0.1)
  // It is clear below six tenths of that.
  #expect([[0.07], [0.11], [0.05], [0.11]].map { watch.upcoming($0) } == [[], [], [], [1]])
}

/// Twice a day the probability rises to 0.35, once to 0.65.
@Test(arguments: [(5, 0.05), (1, 0.4), (0.1, 0.7)] as [(Double, Double)])
func theThresholdFollowsFromTheBudget(budget: Double, threshold: Double) {
  var watch = PolicyWatch()
  watch.settings.threshold = .budget
  watch.settings.budgetPerDay = budget
  for day in 0..<30 {
    for hour in 0..<24 {
      _ = watch.see(expected: 0.01, [[6: 0.35, 12: 0.35, 18: 0.65][hour] ?? 0.01])
    }
    if day < 13 { #expect(watch.policy.threshold == 0.5) }
  }
  #expect(watch.policy.threshold == threshold)
}
