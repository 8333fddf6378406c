import Glibc
import Host
import Testing

@Suite struct MachineLoopTests {
  enum Source { case one, two }

  @Test func waitNamesWhatIsReadyInTheOrderAdded() throws {
    let one = try Pipe()
    let two = try Pipe()
    var poller = Poller<Source>()
    poller.watch(one.reading.number, as: .one)
    poller.watch(two.reading.number, as: .two)
    try two.writing.writeAll([1].span, path: nil)
    #expect(try poller.wait() == [.two])
    try one.writing.writeAll([1].span, path: nil)
    #expect(try poller.wait() == [.one, .two])
    poller.forget(two.reading.number)
    #expect(try poller.wait() == [.one])
  }

  @Test func hangUpIsReady() throws {
    let reading = try Pipe().hangUp()
    var poller = Poller<Source>()
    poller.watch(reading.number, as: .one)
    #expect(try poller.wait() == [.one])
  }

  @Test func waitEndsAtItsDeadlineAndNotBefore() throws {
    let quiet = try Pipe()
    var poller = Poller<Source>()
    poller.watch(quiet.reading.number, as: .one)
    let deadline = WallClock.monotonicMicroseconds + 3_500
    #expect(try poller.wait(until: deadline) == [])
    #expect(WallClock.monotonicMicroseconds >= deadline)
  }

  @Test func closedDescriptorIsAnErrorNotASpin() throws {
    let number = 999_999 as Int32
    var poller = Poller<Source>()
    poller.watch(number, as: .one)
    #expect(throws: SystemError("wait for descriptor \(number)", code: EBADF)) {
      try poller.wait()
    }
  }

  @Test func pastMomentIsDueAtOnceAndOnce() throws {
    let clock = try WallClock()
    try clock.arm(atSeconds: 0)
    var poller = Poller<Source>()
    poller.watch(clock.descriptor, as: .one)
    #expect(try poller.wait() == [.one])
    #expect(try clock.take() == .due)
    #expect(try clock.take() == nil)
  }

  @Test func farMomentIsNotDue() throws {
    let clock = try WallClock()
    try clock.arm(atSeconds: WallClock.nowSeconds + 86_400)
    #expect(try clock.take() == nil)
  }

  @Test func armingAgainReplacesTheMoment() throws {
    let clock = try WallClock()
    try clock.arm(atSeconds: 0)
    try clock.arm(atSeconds: WallClock.nowSeconds + 86_400)
    #expect(try clock.take() == nil)
  }

  @Test func resultOfTheBackgroundThreadWakesTheLoopAndIsTakenOnce() throws {
    var training = try BackgroundThread<Int>()
    #expect(training.take() == nil)
    try training.start { (1...100).reduce(0, +) }
    let isBusyBefore = training.isBusy
    var poller = Poller<Source>()
    poller.watch(training.descriptor, as: .two)
    #expect(try poller.wait() == [.two])
    #expect(training.take() == 5_050)
    let isBusyAfter = training.isBusy
    #expect(isBusyBefore && !isBusyAfter)
    #expect(training.take() == nil)
  }

  @Test func backgroundThreadGivesWayAndTheLoopDoesNot() throws {
    var training = try BackgroundThread<[Int32]>()
    try training.start { [sched_getscheduler(0), niceness()] }
    var poller = Poller<Source>()
    poller.watch(training.descriptor, as: .one)
    _ = try poller.wait()
    let batch: Int32 = 3
    #expect(training.take() == [batch, 19])
    #expect(niceness() < 19)
  }

  @Test func backgroundThreadRunsAgainAfterItsResultWasTaken() throws {
    var training = try BackgroundThread<Int>()
    var poller = Poller<Source>()
    poller.watch(training.descriptor, as: .one)
    for round in 0..<3 {
      try training.start { round }
      _ = try poller.wait()
      #expect(training.take() == round)
    }
  }

  @Test func ownerMayLeaveWhileTheThreadWorks() throws {
    let start = try Pipe()
    let finish = try Pipe()
    let startNumber = start.reading.number
    let finishNumber = finish.writing.number
    do {
      var training = try BackgroundThread<Int>()
      try training.start {
        var byte: UInt8 = 0
        read(startNumber, &byte, 1)
        return Int(write(finishNumber, &byte, 1))
      }
    }
    try start.writing.writeAll([1].span, path: nil)
    #expect(try finish.reading.readValue(UInt8(0)) == 1)
  }
}

private struct Pipe: ~Copyable {
  let reading: Descriptor
  let writing: Descriptor

  init() throws {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    try self.init(
      reading: Descriptor(taking: ends[0], operation: "make a pipe"),
      writing: Descriptor(taking: ends[1], operation: "make a pipe"))
  }

  private init(reading: consuming Descriptor, writing: consuming Descriptor) {
    self.reading = reading
    self.writing = writing
  }

  consuming func hangUp() -> Descriptor { reading }
}

private func niceness() -> Int32 {
  getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
}
