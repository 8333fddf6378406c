import Benchmark
import Testing

/// What holds for a fleet of members, however it is set up.
struct FleetSimulationTests {
  private var settings: FleetSimulation.Settings {
    var settings = FleetSimulation.Settings()
    (settings.machineCount, settings.partitionsEach) = (6, 10)
    return settings
  }

  @Test func sameSeedGivesTheSameOutcome() {
    let outcome = FleetSimulation(settings, seed: 1).run()
    #expect(outcome == FleetSimulation(settings, seed: 1).run())
    #expect(outcome != FleetSimulation(settings, seed: 2).run())
  }

  /// A lost partition waits for the session's end, the group and its state; one that is handed over for the stop and
  /// the writing instead of the session.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func noGapIsShorterThanItsSteps(seed: UInt64) {
    let settings = settings
    let outcome = FleetSimulation(settings, seed: seed).run()
    let least =
      settings.stopSeconds + settings.saveSeconds + settings.rebalanceSeconds
      + settings.installSeconds
    #expect(!outcome.gaps.isEmpty)
    #expect(outcome.gaps.allSatisfy { $0 >= least - 1e-6 })
    #expect(zip(outcome.gaps, outcome.delays).allSatisfy { $0 <= $1 })
    #expect(outcome.mostPartitions <= 12)
  }

  @Test func afterAnOutageEveryPartitionHasAProcessAgain() {
    let outcome = FleetSimulation(settings, seed: 3).runOutage(backWithinSeconds: 100)
    #expect(outcome.gaps.count { $0 >= 600 } == 60)
  }

  @Test func aMachineThatIsNeverLostLosesNothing() {
    var settings = settings
    (settings.daysBetweenLosses, settings.daysBetweenRestarts) = (1e9, 1e9)
    let outcome = FleetSimulation(settings, seed: 1).run()
    #expect(outcome.gaps.isEmpty && outcome.shareWithoutProcess == 0)
    // Only the daily snapshots are written, three times each.
    let bytes = 60 * settings.snapshotBytes * 3 / 86_400
    #expect(abs(outcome.writtenMean * 3 - bytes) < 1)
  }

  @Test func moreWorkersShortenARestart() {
    var few = settings
    few.workersEach = 2
    let (slow, quick) = (
      FleetSimulation(few, seed: 1).run(), FleetSimulation(settings, seed: 1).run()
    )
    #expect(quick.gaps.last! < slow.gaps.last!)
  }
}
