import Series
import TestSupport
import Testing

/// Requests every `period` hours, then silence of `idle` hours.
private func histogram(period: Int, times: Int, idle: Int) -> GapHistogram {
  var gaps = GapHistogram()
  gaps.recordArrival(gap: nil)
  for _ in 0..<times {
    for _ in 0..<period - 1 { gaps.recordIdleHour() }
    gaps.recordArrival(gap: period)
  }
  for _ in 0..<idle { gaps.recordIdleHour() }
  return gaps
}

/// A period that fits no calendar.
@Test(arguments: [7, 36, 50])
func aPeriodIsFound(period: Int) {
  let gaps = histogram(period: period, times: 60, idle: period / 2)
  let due = period - period / 2
  #expect(gaps.probability(lead: due, fallback: 0.02) > 0.9)
  #expect(gaps.probability(lead: due - 1, fallback: 0.02) < 0.02)
}

/// A hazard beyond the last bin would claim certainty for ever.
@Test func saysNothingBeyondItsRange() {
  let fallback = 0.0123
  for idle in [GapHistogram.range - 1, GapHistogram.range, 5 * GapHistogram.range] {
    let gaps = histogram(period: 24, times: 30, idle: idle)
    for lead in 1...168 { #expect(gaps.probability(lead: lead, fallback: fallback) == fallback) }
  }
}

@Test func saysNothingBeforeTheFirstGap() {
  let gaps = histogram(period: 24, times: 0, idle: 100)
  #expect(gaps.probability(lead: 5, fallback: 0.07) == 0.07)
}

@Test(arguments: 1...10 as ClosedRange<UInt64>)
func everyProbabilityIsOne(seed: UInt64) {
  var chance = Chance(seed: seed)
  var gaps = GapHistogram()
  var since: Int?
  for _ in 0..<20_000 {
    if chance.happens(0.01 * Double(seed)) {
      gaps.recordArrival(gap: since.map { $0 + 1 })
      since = 0
    } else {
      gaps.recordIdleHour()
      since = since.map { $0 + 1 }
    }
  }
  for lead in 1...168 {
    let probability = gaps.probability(lead: lead, fallback: 0.5)
    #expect(probability >= 0 && probability <= 1)
    #expect((0...1.000001).contains(gaps.shareNear(lead: lead)))
  }
  #expect(gaps.survivorCount >= 0)
}

/// Forgetting is implemented as growing weights; the numbers stay within bounds.
@Test func aMillionGapsDoNotOverflow() {
  var gaps = GapHistogram()
  gaps.recordArrival(gap: nil)
  for _ in 0..<1_000_000 { gaps.recordArrival(gap: 1) }
  #expect(abs(gaps.survivorCount - 200) < 0.01)
  #expect(gaps.probability(lead: 1, fallback: 0.5) > 0.99)
}
