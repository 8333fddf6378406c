import Glibc
import Host
import Testing

/// Signals are sent to the test's own thread, where they are blocked, so that no other test is hit.
@Suite struct MachineSignalsTests {
  private let rtmin = __libc_current_sigrtmin()

  @Test func eachSignalAsksForItsOwnThing() throws {
    try withSignals { (signals: borrowing Signals) throws in
      let table: [(Int32, Signals.Request)] = [
        (SIGHUP, .reload), (SIGUSR1, .retrain), (SIGUSR2, .report), (SIGTERM, .stop),
        (SIGINT, .stop), (rtmin + 22, .debugOn), (rtmin + 23, .debugOff),
      ]
      for (number, request) in table {
        pthread_kill(pthread_self(), number)
        #expect(try signals.take() == [request])
      }
    }
  }

  @Test func nothingPendingIsNoRequest() throws {
    try withSignals { (signals: borrowing Signals) throws in #expect(try signals.take() == []) }
  }

  @Test func stormIsOneRequestOfEachKind() throws {
    try withSignals { (signals: borrowing Signals) throws in
      var seen: [Signals.Request] = []
      for _ in 0..<10_000 {
        for number in [SIGHUP, SIGUSR1, SIGUSR2] { pthread_kill(pthread_self(), number) }
      }
      seen += try signals.take()
      #expect(seen == [.reload, .retrain, .report])
      #expect(try signals.take() == [])
    }
  }

  @Test func queuedRealTimeSignalsAreDrainedInBoundedPortions() throws {
    try withSignals { (signals: borrowing Signals) throws in
      var sent = 0
      while sent < 3_000, pthread_kill(pthread_self(), rtmin + 22) == 0 { sent += 1 }
      var portions = 0
      while try signals.take() == [.debugOn] { portions += 1 }
      #expect(portions == (sent + 1_023) / 1_024)
    }
  }

  @Test func signalMakesTheDescriptorReady() throws {
    try withSignals { (signals: borrowing Signals) throws in
      var poller = Poller<Int>()
      poller.watch(signals.descriptor, as: 7)
      #expect(try poller.wait(until: WallClock.monotonicMicroseconds) == [])
      pthread_kill(pthread_self(), SIGUSR2)
      #expect(try poller.wait() == [7])
      #expect(try signals.take() == [.report])
    }
  }

  @Test func writingToAReaderWhoLeftIsAnError() throws {
    try withSignals { (_: borrowing Signals) throws in
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      close(ends[0])
      let end = try Descriptor(taking: ends[1], operation: "make a pipe")
      #expect(throws: SystemError("write", path: "a pipe", code: EPIPE)) {
        try end.writeAll([1].span, path: "a pipe")
      }
    }
  }

  /// Restores the thread's signal mask, because the thread runs other tests afterwards.
  private func withSignals(_ body: (borrowing Signals) throws -> Void) throws {
    var before = sigset_t()
    pthread_sigmask(SIG_BLOCK, nil, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body(try Signals())
  }
}
