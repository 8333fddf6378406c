import Alerts
import Forecasting
import Monitoring
import Records
import Testing

private let hour = SampleLines.start / 3600

/// Two streams with requests in every hour of ten days, read and closed hour by hour as the daemon does; then `hours`
/// hours of silence.
private func silent(hours: Int, bits: Double = 20) throws -> Watching {
  var watching = try Watching(settings(bits: bits))
  for index in 0..<240 + hours {
    if index < 240 {
      watching.read(lines(index..<index + 1))
      watching.drain()
    }
    watching.handle(.tick(now: Int64(hour + index + 1) * 3600 + 60))
  }
  return watching
}

private func settings(bits: Double = 20) -> MonitorSettings {
  var settings = MonitorSettings.quick(everyHours: 720)
  settings.stalledBits = bits
  return settings
}

private func lines(_ hours: Range<Int>) -> [String] {
  hours.flatMap { index in ["a", "b"].map { "\((hour + index) * 3600 + 60) \($0)" } }
}

/// A daemon that starts at the end of hour `now` and finds a log with lines in the hours of `ranges`.
private func caughtUp(_ ranges: [Range<Int>], now: Int) throws -> Watching {
  var watching = try Watching(settings())
  let clock = Event.tick(now: Int64(hour + now) * 3600 + 60)
  watching.handle(clock)
  for range in ranges { watching.read(lines(range)) }
  watching.drain()
  while watching.monitor.hasHoursToClose { watching.handle(clock) }
  return watching
}

private func stalls(_ watching: Watching) -> [Alert] {
  watching.healthAlerts.filter { $0.kind == .stalledSource && !$0.isOver }
}

@Test func aSourceThatFallsSilentIsReportedOnce() throws {
  let watching = try silent(hours: 30)
  let stall = try #require(stalls(watching).first)
  #expect(stall.source == "web")
  #expect(try #require(stall.facts.bits) >= 20)
  #expect((1...10).contains(try #require(stall.facts.hoursSilent)))
  #expect(watching.healthAlerts.count == 1)
  #expect(watching.monitor.sources[0].silence.hours == 30)
}

@Test func aLittleSilenceIsNotReported() throws {
  #expect(try silent(hours: 30, bits: 1e6).healthAlerts == [])
}

@Test func aSourceThatIsHeardAgainIsReportedOnce() throws {
  var watching = try silent(hours: 30)
  for minute in 1...3 {
    watching.read(["\((hour + 270) * 3600 + 60 * minute) a"])
    watching.drain()
  }
  #expect(
    watching.healthAlerts.dropFirst() == [
      Alert(
        .stalledSource, about: .source("web"), isOver: true, hour: hour + 270,
        facts: Alert.Facts(
          hoursSilent: 30, reason: "no line came for 30 h although requests were expected"))
    ])
  #expect(watching.monitor.sources[0].silence.hours == 0)
}

/// Rejected and ignored lines also show that a source is alive.
@Test func linesThatAreNoRequestsAreHeard() throws {
  var watching = try Watching(settings())
  for index in 0..<280 {
    let line = index < 240 ? "\((hour + index) * 3600 + 60) a" : "no request"
    watching.read([line])
    watching.drain()
    watching.handle(.tick(now: Int64(hour + index + 1) * 3600 + 60))
  }
  #expect(watching.healthAlerts == [])
}

@Test func anOldSilenceIsNotReported() throws {
  #expect(try caughtUp([0..<240, 280..<330], now: 330).healthAlerts == [])
}

/// A silence that began before the daemon started and still lasts is reported.
@Test func aSilenceThatLastsIsReportedOnceItIsRecent() throws {
  let watching = try caughtUp([0..<240], now: 280)
  #expect(stalls(watching).count == 1 && watching.healthAlerts.count == 1)
  #expect(watching.monitor.sources[0].silence.hours == 40)
}

@Test func aRestartTellsNothingAgain() throws {
  var watching = try silent(hours: 30)
  watching.handle(.stopping)
  try watching.restart()
  watching.drain()
  for index in 270..<300 {
    watching.handle(.tick(now: Int64(hour + index + 1) * 3600 + 60))
  }
  #expect(stalls(watching).count == 1)
  #expect(watching.monitor.sources[0].silence.hours > 30)
}

// MARK: - The model

/// Feeds a `ModelWatch` with hourly losses of the network and of the baselines.
private struct Hours {
  var watch = ModelWatch()
  var changes: [ModelWatch.Change] = []

  mutating func record(
    _ count: Int, network: Double, baseline: Double, active: Bool = false, isRecent: Bool = true
  ) {
    for _ in 0..<count {
      let list = ExpertList.standard
      let experts = list.types.map { $0 == CurrentNetwork.self ? network : baseline }
      watch.record(
        JudgedForecast(
          target: 0, lead: 1, active: active, probability: baseline,
          experts: ExpertPredictions(list, experts[...])))
      if let change = watch.closeHour(isRecent: isRecent) { changes.append(change) }
    }
  }
}

@Test func aDegradationIsReportedWhenItBeginsAndEnds() {
  var hours = Hours()
  hours.record(200, network: 0.1, baseline: 0.1)
  #expect(hours.changes == [])
  hours.record(300, network: 0.3, baseline: 0.1)
  #expect(hours.changes.count == 1 && hours.watch.isDegraded)
  // A network that is slightly worse neither starts nor ends a degradation.
  hours.record(20, network: 0.101, baseline: 0.1)
  #expect(hours.changes.count == 1)
  hours.record(3_000, network: 0.02, baseline: 0.1)
  #expect(hours.changes.count == 2 && !hours.watch.isDegraded)
  guard case .recovered? = hours.changes.last else {
    Issue.record("\(hours.changes)")
    return
  }
}

/// Degraded means worse than before, and this network was always bad.
@Test func aNetworkThatNeverWasGoodIsNotDegraded() {
  var hours = Hours()
  hours.record(100, network: 0.1, baseline: 0.1)
  hours.record(500, network: 0.4, baseline: 0.1)
  #expect(hours.changes == [] && !hours.watch.isDegraded)
}

/// One unlucky hour is not enough evidence.
@Test func oneSurpriseIsNoDegradation() {
  var hours = Hours()
  hours.record(200, network: 0.001, baseline: 0.002)
  hours.record(1, network: 0.0005, baseline: 0.1, active: true)
  #expect(hours.changes == [])
}

@Test func anOldDegradationIsReportedOnlyIfItLasts() {
  var hours = Hours()
  hours.record(200, network: 0.1, baseline: 0.1, isRecent: false)
  hours.record(200, network: 0.4, baseline: 0.1, isRecent: false)
  #expect(hours.changes == [] && hours.watch.isDegraded)
  hours.record(1, network: 0.4, baseline: 0.1)
  #expect(hours.changes.count == 1)
}

/// Goal: it is reported once that the habits a network has learned no longer hold, and once that they hold again.
/// Method: a request every fifth hour, which no baseline can know; then every seventh, and again every fifth. Nothing
/// is trained in between.
@Test func habitsThatChangeAndComeBackAreReportedOnceEach() throws {
  var settings = MonitorSettings.quick(everyHours: 1_000_000)
  settings.training.hidden = [16]
  settings.training.epochs = 30
  settings.training.learningRate = 0.005
  var watching = try Watching(settings)
  var next = hour
  func feed(days: Int, every step: Int, _ watching: inout Watching) {
    for index in next..<next + 24 * days {
      if index % step == 0 {
        watching.read(["\(index * 3600 + 60) a"])
        watching.drain()
      }
      watching.handle(.tick(now: Int64(index + 1) * 3600 + 60))
    }
    next += 24 * days
  }
  feed(days: 60, every: 5, &watching)
  watching.handle(.retrainRequested)
  feed(days: 14, every: 5, &watching)
  #expect(watching.healthAlerts == [])
  feed(days: 14, every: 7, &watching)
  #expect(watching.healthAlerts.count == 1 && watching.monitor.modelWatch.isDegraded)
  let alert = try #require(watching.healthAlerts.first)
  #expect(alert.kind == .modelDegraded && !alert.isOver)
  #expect(try #require(alert.facts.skill) < 0)
  feed(days: 60, every: 5, &watching)
  #expect(watching.healthAlerts.count == 2 && !watching.monitor.modelWatch.isDegraded)
  #expect(watching.healthAlerts.last.map { $0.kind == .modelDegraded && $0.isOver } == true)
}
