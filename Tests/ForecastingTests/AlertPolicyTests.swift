import Alerts
import Arithmetic
import Forecasting
import Foundation
import Series
import TestSupport
import Testing

private let risings: [(forecasts: [Double], leads: [Int])] = [
  ([0.1, 0.2, 0.49], []),
  ([0.1, 0.2, 0.5], [3]),
  ([0.6, 0.9], [1]),
  ([0, 0, 0, 0, 0, 0.7], [6]),
  // A lead beyond those that may raise an alert.
  ([0, 0, 0, 0, 0, 0, 0.9], []),
]

@Test(arguments: risings)
func aProbabilityThroughTheThresholdIsReported(forecasts: [Double], leads: [Int]) {
  var watch = PolicyWatch()
  #expect(watch.upcoming(forecasts) == leads)
}

@Test func aLeadTooNearIsNotWarnedOf() {
  var watch = PolicyWatch()
  watch.settings.leadHours = 2...4
  #expect(watch.upcoming([0.9]) == [])
  #expect(watch.upcoming([0.9, 0.8]) == [2])
}

@Test func anEpisodeIsReportedOnce() {
  var watch = PolicyWatch()
  let leads = [[0, 0, 0.6], [0, 0.7], [0.8]].map { watch.upcoming($0) }
  #expect(leads == [[3], [], []])
}

/// Between the clear level and the threshold no alert is cleared and none is raised.
@Test func hysteresisKeepsAWaveringForecastQuiet() {
  var watch = PolicyWatch()
  let leads = [[0.6], [0.4], [0.6], [0.3], [0.9]].map { watch.upcoming($0) }
  #expect(leads == [[1], [], [], [], []])
}

@Test func belowTheClearLevelItIsArmedAgain() {
  var watch = PolicyWatch()
  let leads = [[0.6], [0.29], [0.5]].map { watch.upcoming($0) }
  #expect(leads == [[1], [], [1]])
}

@Test func whileItIsActiveTheNextHourIsNoNews() {
  var watch = PolicyWatch()
  #expect(watch.upcoming(active: true, [0.9]) == [])
  #expect(watch.upcoming(active: true, [0.9, 0, 0.9]) == [3])
}

/// A request is awaited again, and so has to be announced, when as many idle hours as the longest lead lie before it.
@Test func theNextRequestIsAnnouncedWhenTheLastOneIsTheLeadAndAnHourBefore() {
  var watch = PolicyWatch()
  // Expected at hours 1 and 8, as seen from the ends of hours 0 to 2.
  #expect(watch.upcoming([0.9, 0, 0, 0, 0, 0]) == [1])
  #expect(watch.upcoming(active: true, [0, 0, 0, 0, 0, 0]) == [])
  #expect(watch.upcoming([0, 0, 0, 0, 0, 0.9]) == [6])
}

/// Requests that follow each other within the leads share one alert.
@Test func requestsCloseToEachOtherShareAnAlert() {
  var watch = PolicyWatch()
  #expect(watch.upcoming([0.9, 0, 0, 0, 0, 0]) == [1])
  #expect(watch.upcoming(active: true, [0, 0, 0, 0, 0, 0.9]) == [])
  #expect(watch.upcoming([0, 0, 0, 0, 0.9, 0]) == [])
}

/// An alert for two hours ahead, and the activity of the hours from one before it to one after.
private let fates: [(activity: [Bool], outcome: Alert.Outcome)] = [
  ([false, true, false], .hit),
  ([true, true, false], .hit),
  ([true, false, false], .early),
  ([false, false, true], .late),
  ([false, false, false], .falseAlarm),
  ([true, false, true], .early),
]

@Test(arguments: fates)
func anAlertIsJudgedOnce(activity: [Bool], outcome: Alert.Outcome) {
  var watch = PolicyWatch()
  let alert = watch.see([0, 0.9]).alerts[0]
  let outcomes = activity.flatMap { watch.see(active: $0, expected: 0.5).outcomes }
  #expect(outcomes.map(\.alert) == [alert.id])
  #expect(outcomes.map(\.outcome) == [outcome])
}

@Test func theSameAlertHasTheSameID() {
  func alert(_ kind: AlertKind, stream: String = "s", origin: Int, hour: Int) -> Alert {
    Alert(
      kind: kind, stream: stream, origin: origin, hour: hour, probability: 0.5, threshold: 0.4)
  }
  let id = alert(.upcoming, origin: 10, hour: 12).id
  #expect(alert(.upcoming, origin: 11, hour: 12).id == id)
  #expect(alert(.silence, origin: 10, hour: 12).id != id)
  #expect(alert(.upcoming, stream: "t", origin: 10, hour: 12).id != id)
  #expect(alert(.upcoming, origin: 10, hour: 13).id != id)
  // FNV-1a, 64 bit, of "upcoming\0" "12\0" "s".
  #expect(id.text == "95cba3a31c5ff7eb")
}

// MARK: - Silence and surprise

@Test func silenceIsReportedWhenItsBitsAreFull() {
  var watch = PolicyWatch()
  watch.settings.silenceBits = 3
  watch.settings.surpriseBits = 100
  _ = watch.see(active: true)
  let alerts = (0..<6).map { _ in watch.see(expected: 0.5).alerts }
  #expect(alerts.map(\.count) == [0, 0, 1, 0, 0, 0])
  #expect(alerts[2].first?.kind == .silence)
  #expect(alerts[2].first?.facts.bits == 3)
  #expect(alerts[2].first?.facts.hoursSilent == 3)
}

@Test func aRequestRestartsTheSilence() {
  var watch = PolicyWatch()
  watch.settings.silenceBits = 3
  watch.settings.surpriseBits = 100
  let activity = [true, false, false, true, false, false, true, false]
  #expect(activity.flatMap { watch.see(active: $0, expected: 0.5).alerts } == [])
}

@Test func thereIsNoSilenceBeforeTheFirstRequest() {
  var watch = PolicyWatch()
  #expect((0..<200).flatMap { _ in watch.see(expected: 0.5).alerts } == [])
}

@Test func anHourWithoutForecastIsNoSilence() {
  var watch = PolicyWatch()
  watch.settings.surpriseBits = 100
  _ = watch.see(active: true)
  #expect((0..<200).flatMap { _ in watch.see(expected: nil).alerts } == [])
}

private let arrivals: [(expected: Double, count: Int)] = [
  (0.0079, 0), (0.00390625, 1), (0.001, 1), (0, 1),
]

@Test(arguments: arrivals)
func anArrivalIsAsSurprisingAsItsProbability(expected: Double, count: Int) {
  var watch = PolicyWatch()
  let alerts = watch.see(active: true, expected: expected).alerts
  #expect(alerts.count == count)
  #expect(alerts.allSatisfy { $0.kind == .unexpected && ($0.facts.bits ?? 0) >= 8 })
}

@Test func aRunOfRequestsSurprisesOnce() {
  var watch = PolicyWatch()
  let alerts = (0..<5).flatMap { _ in watch.see(active: true, expected: 0.001).alerts }
  #expect(alerts.count == 1)
}

/// Goal: false alarms are as rare as the bits say. Method: a stream without memory whose every hour is forecast with
/// its true probability; the share of idle times that are reported as silence must equal the exact probability of so
/// long a gap, and be at most 1 in 2^bits.
@Test(arguments: [0.05, 0.2, 0.5], [4.0, 6])
func silenceAlarmsOfAMemorylessStreamAreAsRareAsTheirBits(probability: Double, bits: Double) {
  var chance = Chance(seed: 11)
  var watch = PolicyWatch()
  watch.settings.silenceBits = bits
  watch.settings.surpriseBits = 1_000
  var arrivals = 0
  var alarms = 0
  for _ in 0..<300_000 {
    let active = chance.happens(probability)
    arrivals += active ? 1 : 0
    alarms += watch.see(active: active, expected: probability).alerts.count
  }
  let hoursNeeded = (bits / -log2(1 - probability) - 1e-9).rounded(.up)
  let exact = Double(arrivals) * pow(1 - probability, hoursNeeded)
  // Five standard deviations of a count.
  #expect(abs(Double(alarms) - exact) < 5 * exact.squareRoot() + 2)
  #expect(exact <= Double(arrivals) * exp2(-bits) * 1.000001)
}

/// The same if the true probability changes every hour.
@Test func alarmsOfAChangingStreamAreAsRareAsTheirBits() {
  var chance = Chance(seed: 12)
  var watch = PolicyWatch()
  watch.settings.silenceBits = 7
  watch.settings.surpriseBits = 6
  var arrivals = 0
  var counts: [AlertKind: Int] = [:]
  let hours = 300_000
  for _ in 0..<hours {
    // From 1 in 4,000 to 2 in 3.
    let probability = exp2(-12 + 11.5 * chance.uniform())
    let active = chance.happens(probability)
    arrivals += active ? 1 : 0
    for alert in watch.see(active: active, expected: probability).alerts {
      counts[alert.kind, default: 0] += 1
    }
  }
  let silences = Double(counts[.silence] ?? 0)
  let surprises = Double(counts[.unexpected] ?? 0)
  #expect(silences <= Double(arrivals) * exp2(-7) + 5 * silences.squareRoot())
  #expect(silences > 0.5 * Double(arrivals) * exp2(-7))
  #expect(surprises <= Double(hours) * exp2(-6) + 5 * surprises.squareRoot())
  #expect(surprises > 0)
}

// MARK: - Memory

@Test(arguments: 1...10 as ClosedRange<UInt64>)
func aStoredPolicyContinuesIdentically(seed: UInt64) throws {
  var chance = Chance(seed: seed)
  var watch = PolicyWatch()
  watch.settings.silenceBits = 4
  watch.settings.surpriseBits = 3
  watch.settings.threshold = .budget
  watch.settings.budgetPerDay = 1.5
  var twin = watch
  for _ in 0..<300 {
    let active = chance.happens(0.2)
    let expected = chance.happens(0.9) ? chance.uniform() : nil
    let forecasts = (0..<24).map { _ in 0.6 * chance.uniform() }
    #expect(
      watch.see(active: active, expected: expected, forecasts)
        == twin.see(active: active, expected: expected, forecasts))
    if chance.happens(0.1) {
      var writer = ByteWriter()
      twin.policy.write(to: &writer)
      var reader = ByteReader(writer.bytes)
      twin.policy = try AlertPolicy(from: &reader)
      #expect(reader.isAtEnd)
      #expect(twin.policy == watch.policy)
    }
  }
}

@Test(arguments: 1...100 as ClosedRange<UInt64>)
func aDamagedPolicyIsAnErrorOrAPolicy(seed: UInt64) {
  var chance = Chance(seed: seed)
  var watch = PolicyWatch()
  _ = watch.see([0, 0.9])
  var writer = ByteWriter()
  watch.policy.write(to: &writer)
  var bytes = writer.bytes
  for _ in 0..<chance.integer(in: 1...8) {
    bytes[chance.integer(in: 0...bytes.count - 1)] ^= UInt8(chance.integer(in: 1...255))
  }
  var reader = ByteReader(bytes)
  _ = try? AlertPolicy(from: &reader)
}

/// Goal: a certain forecast of a stream with only four requests delivers no alert. Method: the same forecast with and
/// without evidence; the alert is recorded in both cases, and suppressed without evidence.
@Test func anAlertWithoutEvidenceIsRecordedAndSuppressed() {
  for hasEvidence in [false, true] {
    var policy = AlertPolicy()
    let decision = policy.decide(
      stream: "s", hour: 480_000, minuteOfDay: 0, active: false, expected: nil,
      forecasts: Array(repeating: 0.9, count: 24), hasEvidence: hasEvidence,
      settings: AlertSettings())
    #expect(decision.alerts.map(\.kind) == [.upcoming])
    #expect(decision.alerts.map(\.suppressed) == [hasEvidence ? nil : .tooLittleEvidence])
  }
}
