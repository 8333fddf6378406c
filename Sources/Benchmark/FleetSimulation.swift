import Arithmetic
import Glibc

/// One cell of a fleet of members: machines that are lost, come back and are restarted, and partitions that move among
/// them. Cells have nothing in common, so a fleet is as many of them as it needs.
///
/// It has the rules of `Member`: the group waits until whoever loses partitions has given them all back; a member works
/// on a few partitions at a time; a lost partition goes on from its last snapshot and reads the records since then
/// again. Members and partitions have the speeds that were measured.
package struct FleetSimulation {
  /// Sizes, speeds and how often what happens.
  package struct Settings: Sendable {
    package init() {}

    package var machineCount = 100
    package var partitionsEach = 100
    package var days = 90

    /// How often a machine is lost, and for how long; and how often it is restarted in order.
    package var daysBetweenLosses = 90.0
    package var lostSeconds = 3_600.0
    package var daysBetweenRestarts = 30.0
    package var restartSeconds = 60.0

    /// Measured with a partition of 1,000 streams: to stop its process, to write its state, to read it and start.
    package var stopSeconds = 1.0
    package var saveSeconds = 5.0
    package var installSeconds = 2.0
    package var snapshotBytes = 49e6
    /// Processor time to read a day again: its hours' ends, and four trainings.
    package var dayAgainSeconds = 64.0
    /// How many partitions a member saves or reads at a time.
    package var workersEach = 16
    package var processorsEach = 16
    /// Until the group takes a silent member for lost.
    package var sessionSeconds = 10.0
    /// From a change until all members know their partitions.
    package var rebalanceSeconds = 4.0
    /// `group.initial.rebalance.delay.ms` of the brokers: how long a group without members waits for others when one has
    /// come, each time, up to `formingSecondsMax`.
    package var formingSeconds = 3.0
    package var formingSecondsMax = 300.0

    /// Each for so many machines, and each record on three of them.
    package var machinesPerBroker = 20
    package var replicas = 3.0
  }

  /// What happened in all the days.
  package struct Outcome: Equatable {
    /// For how long a partition had no process, in seconds; sorted.
    package var gaps: [Double] = []
    /// From losing its process until a partition had counted all records again, in seconds; sorted.
    package var delays: [Double] = []
    /// Seconds without a process, of all seconds of all partitions.
    package var shareWithoutProcess = 0.0
    /// In bytes a second, of a broker: on average, and in the worst minute.
    package var writtenMean = 0.0
    package var writtenPeak = 0.0
    package var readPeak = 0.0
    /// On one machine.
    package var mostPartitions = 0
    /// Of the record in which a group's members and their partitions are stored, in bytes.
    package var groupRecordBytes = 0.0
  }

  private enum Event: Comparable {
    case lost(Int)
    case back(Int)
    case restarted(Int)
    /// The first members of a group have waited for others.
    case formed
  }

  private struct Machine {
    var isUp = true
    var held: Set<Int> = []
    /// When each worker and processor is free.
    var workers: [Double]
    var processors: [Double]
  }

  private struct Partition {
    var holder: Int?
    var snapshotAt: Double
    /// Since when it has no process, and when it gets one and is up to date; nil if it has one.
    var stoppedAt: Double?
    var startsAt = 0.0
    var currentAt = 0.0
    /// What is to be read again, in seconds of a processor.
    var work = 0.0
  }

  private static let day = 86_400.0
  /// Each topic and member beside the partitions' numbers, which the group's record has three times: as assigned, as
  /// owned, and as known to the strategy.
  private static let memberBytes = 250.0

  private let settings: Settings
  private var random: SplitMix64
  private var machines: [Machine]
  private var partitions: [Partition]
  private var pending: [(time: Double, event: Event)] = []
  private var groupIsFreeAt = 0.0
  /// Of a group without members until now: since when it waits for more, and until when.
  private var forming: (since: Double, until: Double)?
  /// Bytes of hand-overs, by minute.
  private var written: [Int: Double] = [:]
  private var read: [Int: Double] = [:]
  private var outcome = Outcome()

  /// All machines are up, and hold equally many partitions.
  package init(_ settings: Settings, seed: UInt64) {
    precondition(settings.machineCount > 1 && settings.partitionsEach > 0)
    self.settings = settings
    random = SplitMix64(seed: seed)
    machines = Array(
      repeating: Machine(
        workers: Array(repeating: 0, count: settings.workersEach),
        processors: Array(repeating: 0, count: settings.processorsEach)),
      count: settings.machineCount)
    partitions = []
    for number in 0..<settings.machineCount * settings.partitionsEach {
      let holder = number % settings.machineCount
      machines[holder].held.insert(number)
      partitions.append(Partition(holder: holder, snapshotAt: -random.uniform() * Self.day))
    }
  }

  private mutating func wait(daysOnAverage: Double) -> Double {
    -log(1 - random.uniform()) * daysOnAverage * Self.day
  }

  // MARK: Events

  /// Plays all the days.
  package consuming func run() -> Outcome {
    for machine in machines.indices {
      add(.lost(machine), at: wait(daysOnAverage: settings.daysBetweenLosses))
      // One after the other, as whoever upgrades a fleet does it.
      let turn = Double(machine) / Double(settings.machineCount)
      add(.restarted(machine), at: (0.1 + turn) * settings.daysBetweenRestarts * Self.day)
    }
    while let next = pending.popLast(), next.time < Double(settings.days) * Self.day {
      handle(next.event, at: next.time)
    }
    return finish()
  }

  /// All machines go down at once and come back within some minutes, one by one.
  package consuming func runOutage(backWithinSeconds: Double) -> Outcome {
    let start = Self.day
    for machine in machines.indices {
      lose(machine, at: start)
      add(.back(machine), at: start + 600 + random.uniform() * backWithinSeconds)
    }
    while let next = pending.popLast() { handle(next.event, at: next.time) }
    return finish()
  }

  private mutating func add(_ event: Event, at time: Double) {
    // Latest first.
    let index = pending.firstIndex { ($0.time, $0.event) < (time, event) } ?? pending.count
    pending.insert((time, event), at: index)
  }

  private mutating func handle(_ event: Event, at time: Double) {
    switch event {
    case .lost(let machine):
      add(.lost(machine), at: time + wait(daysOnAverage: settings.daysBetweenLosses))
      guard machines[machine].isUp else { return }
      lose(machine, at: time)
      distribute(at: time + settings.sessionSeconds)
      add(.back(machine), at: time + settings.lostSeconds)
    case .restarted(let machine):
      add(.restarted(machine), at: time + settings.daysBetweenRestarts * Self.day)
      guard machines[machine].isUp else { return }
      let end = handOver(machines[machine].held.sorted(), of: machine, at: time)
      machines[machine].isUp = false
      distribute(at: end)
      add(.back(machine), at: end + settings.restartSeconds)
    case .back(let machine):
      machines[machine] = Machine(
        workers: machines[machine].workers.map { _ in time },
        processors: machines[machine].processors.map { _ in time })
      join(at: time)
    case .formed:
      guard let forming, forming.until <= time else { return }
      self.forming = nil
      distribute(at: time)
    }
  }

  private mutating func join(at time: Double) {
    if forming == nil, machines.count(where: \.isUp) > 1 { return balance(at: time) }
    let since = forming?.since ?? time
    let until = min(time + settings.formingSeconds, since + settings.formingSecondsMax)
    forming = (since, until)
    add(.formed, at: until)
  }

  private mutating func lose(_ machine: Int, at time: Double) {
    machines[machine].isUp = false
    for number in machines[machine].held.sorted() { take(number, from: machine, at: time) }
  }

  // MARK: Partitions

  private mutating func take(_ number: Int, from machine: Int, at time: Double) {
    machines[machine].held.remove(number)
    settle(number, at: time)
    partitions[number].holder = nil
    partitions[number].stoppedAt = partitions[number].stoppedAt ?? time
  }

  /// Notes a gap that is over.
  private mutating func settle(_ number: Int, at time: Double) {
    guard let start = partitions[number].stoppedAt, partitions[number].holder != nil,
      partitions[number].startsAt <= time
    else { return }
    outcome.gaps.append(partitions[number].startsAt - start)
    outcome.delays.append(partitions[number].currentAt - start)
    partitions[number].stoppedAt = nil
  }

  /// When the last snapshot of a day was written before a time: each partition has its own moment.
  private func age(_ number: Int, at time: Double) -> Double {
    (time - partitions[number].snapshotAt).truncatingRemainder(dividingBy: Self.day)
  }

  /// Stops and writes partitions that are given back.
  ///
  /// - Returns: When the last is written.
  private mutating func handOver(_ numbers: [Int], of machine: Int, at time: Double) -> Double {
    var end = time
    let waiting = machines[machine].held.filter { partitions[$0].currentAt > time }
    if !waiting.isEmpty { free(machine, at: time) }
    for number in numbers {
      let hasProcess = partitions[number].stoppedAt == nil || partitions[number].startsAt <= time
      let left = work(left: number, at: time)
      take(number, from: machine, at: time)
      // One that has no process yet has nothing to hand over.
      guard hasProcess else { continue }
      let done =
        max(time + settings.stopSeconds, machines[machine].workers.min()!)
        + settings.saveSeconds
      replaceEarliest(&machines[machine].workers, by: done)
      partitions[number].snapshotAt = done - left / settings.dayAgainSeconds * Self.day
      written[Int(done / 60), default: 0] += settings.snapshotBytes
      end = max(end, done)
    }
    for number in waiting.subtracting(numbers).sorted() { resume(number, on: machine, at: time) }
    return end
  }

  private mutating func free(_ machine: Int, at time: Double) {
    machines[machine].workers = machines[machine].workers.map { min($0, time) }
    machines[machine].processors = machines[machine].processors.map { min($0, time) }
  }

  /// Of reading records again, in seconds of a processor.
  private func work(left number: Int, at time: Double) -> Double {
    min(partitions[number].work, max(0, partitions[number].currentAt - time))
  }

  /// Goes on with a partition that waits for fewer others now.
  private mutating func resume(_ number: Int, on machine: Int, at time: Double) {
    let work = work(left: number, at: time)
    if partitions[number].startsAt > time {
      partitions[number].startsAt = occupyWorker(of: machine, at: time)
    }
    partitions[number].work = work
    occupyProcessor(of: machine, by: number)
  }

  /// Gives partitions that nobody holds to the machines with the fewest, once the group has agreed.
  private mutating func distribute(at time: Double) {
    let agreed = max(time, groupIsFreeAt) + settings.rebalanceSeconds
    groupIsFreeAt = agreed
    let up = machines.indices.filter { machines[$0].isUp }
    guard !up.isEmpty else { return }
    let free = partitions.indices.filter { partitions[$0].holder == nil }
    var (index, level) = (0, up.map { machines[$0].held.count }.min() ?? 0)
    for number in free {
      while machines[up[index]].held.count > level {
        index += 1
        if index == up.count { (index, level) = (0, level + 1) }
      }
      install(number, on: up[index], at: agreed)
    }
    outcome.mostPartitions = max(outcome.mostPartitions, up.map { machines[$0].held.count }.max()!)
  }

  private mutating func install(_ number: Int, on machine: Int, at time: Double) {
    machines[machine].held.insert(number)
    partitions[number].holder = machine
    let begin = occupyWorker(of: machine, at: time)
    partitions[number].startsAt = begin
    partitions[number].work = age(number, at: begin) / Self.day * settings.dayAgainSeconds
    occupyProcessor(of: machine, by: number)
    read[Int(begin / 60), default: 0] += settings.snapshotBytes
  }

  /// - Returns: When a worker has put a state in place.
  private mutating func occupyWorker(of machine: Int, at time: Double) -> Double {
    let end = max(time, machines[machine].workers.min()!) + settings.installSeconds
    replaceEarliest(&machines[machine].workers, by: end)
    return end
  }

  private mutating func occupyProcessor(of machine: Int, by number: Int) {
    let begin = max(partitions[number].startsAt, machines[machine].processors.min()!)
    partitions[number].currentAt = begin + partitions[number].work
    replaceEarliest(&machines[machine].processors, by: partitions[number].currentAt)
  }

  /// Moves as few partitions as make all machines hold equally many.
  private mutating func balance(at time: Double) {
    let agreed = max(time, groupIsFreeAt) + settings.rebalanceSeconds
    let up = machines.indices.filter { machines[$0].isUp }
    let most = (partitions.count + up.count - 1) / up.count
    var end = agreed
    for machine in up where machines[machine].held.count > most {
      let surplus = machines[machine].held.sorted().suffix(machines[machine].held.count - most)
      end = max(end, handOver(Array(surplus), of: machine, at: agreed))
    }
    groupIsFreeAt = end
    distribute(at: end)
  }

  private func replaceEarliest(_ times: inout [Double], by time: Double) {
    times[times.indices.min { times[$0] < times[$1] }!] = time
  }

  // MARK: Outcome

  private consuming func finish() -> Outcome {
    for number in partitions.indices { settle(number, at: .infinity) }
    outcome.gaps.sort()
    outcome.delays.sort()
    let seconds = Double(settings.days) * Self.day
    outcome.shareWithoutProcess =
      outcome.gaps.reduce(0, +) / (seconds * Double(partitions.count))
    let daily = Double(partitions.count) * settings.snapshotBytes / Self.day
    let brokers = Double(
      (settings.machineCount + settings.machinesPerBroker - 1) / settings.machinesPerBroker)
    func perBroker(_ bytes: Double, _ copies: Double) -> Double {
      bytes * copies / max(brokers, settings.replicas)
    }
    outcome.writtenMean = perBroker(
      daily + written.values.reduce(0, +) / seconds, settings.replicas)
    outcome.writtenPeak = perBroker(
      daily + (written.values.max() ?? 0) / 60, settings.replicas)
    outcome.readPeak = perBroker((read.values.max() ?? 0) / 60, 1)
    outcome.groupRecordBytes =
      Double(settings.machineCount) * Self.memberBytes + 12 * Double(partitions.count)
    return outcome
  }
}
