import Host
import Testing
import harbinger

/// What a member decides from the time that has passed.
struct MemberTests {
  private static let second: Int64 = 1_000_000

  private func watchdog(_ body: (inout ProcessWatchdog) -> Void = { _ in }) -> ProcessWatchdog {
    var watchdog = ProcessWatchdog(limit: 10 * Self.second, now: 0)
    body(&watchdog)
    return watchdog
  }

  private func hasExpired(_ watchdog: ProcessWatchdog, afterSeconds seconds: Int64) -> Bool {
    var watchdog = watchdog
    return watchdog.hasExpired(now: seconds * Self.second)
  }

  @Test func processThatSaysNothingHasTheLimit() {
    #expect(!hasExpired(watchdog(), afterSeconds: 9))
    #expect(hasExpired(watchdog(), afterSeconds: 10))
  }

  @Test func eachSignOfLifeCountsFromItsTime() {
    let alive = watchdog {
      $0.note(.ready, now: 2 * Self.second)
      $0.note(.alive, now: 7 * Self.second)
    }
    #expect(!hasExpired(alive, afterSeconds: 16))
    #expect(hasExpired(alive, afterSeconds: 17))
  }

  /// As long as it has not started, only what it announces counts.
  @Test func longStartIsAnnounced() {
    let starting = watchdog {
      $0.note(.busy(seconds: 600), now: Self.second)
      $0.note(.alive, now: Self.second)
    }
    #expect(!hasExpired(starting, afterSeconds: 600))
    #expect(hasExpired(starting, afterSeconds: 601))
    var started = starting
    started.note(.ready, now: 20 * Self.second)
    #expect(hasExpired(started, afterSeconds: 30))
  }

  /// A member that was stopped itself cannot know what its processes would have said.
  @Test func whoLooksLateWaitsOnceMore() {
    var late = watchdog()
    let now = 100 * Self.second
    let first = late.hasExpired(now: now)
    #expect(!first && late.due == now + 10 * Self.second)
    let second = late.hasExpired(now: late.due)
    #expect(second)
  }

  @Test func stateOfALostPartitionIsKeptForTwoDays() {
    var states = LostStates()
    states.keep(3, generation: 7, now: 0)
    states.keep(1, generation: 8, now: 5)
    states.keep(2, generation: 9, now: 10)
    // As long as the partition is not held again.
    #expect([states.generation(of: 2), states.generation(of: 2)] == [9, 9])
    states.forget(2)
    #expect(states.generation(of: 2) == nil)
    let outdated = [-1, 0, 10].map { states.takeOutdated(now: LostStates.keptFor + $0) }
    #expect(outdated == [[], [3], [1]])
    #expect(states.generation(of: 3) == nil)
  }
}
