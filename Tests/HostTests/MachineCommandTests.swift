import Glibc
import Host
import Testing

@Suite struct MachineCommandTests {
  @Test(arguments: [
    (["true"], Command.Ending.exited(status: 0)),
    (["sh", "-c", "exit 7"], .exited(status: 7)),
    (["sh", "-c", "kill -KILL $$"], .killed(signal: 9)),
  ])
  func endingTellsHowItWent(arguments: [String], ending: Command.Ending) throws {
    #expect(try run(arguments) == ending)
  }

  @Test func argumentsAndEnvironmentReachItUnchanged() throws {
    let hostile = "a b; $(exit 9) \"'\n"
    let script = #"test "$1" = "$HARBINGER_STREAM" && test -n "$PATH" && test -z "$HOME""#
    let environment = ["HARBINGER_STREAM": hostile]
    #expect(
      try run(["sh", "-c", script, "sh", hostile], environment: environment) == .exited(status: 0))
  }

  @Test func itHasNoOtherDescriptorOfOurs() throws {
    let own = fcntl(STDIN_FILENO, F_DUPFD, 200)
    defer { close(own) }
    try #require(own >= 200 && fcntl(own, F_GETFD) == 0)
    #expect(
      try run(["sh", "-c", "test -e /proc/$$/fd/2 && ! test -e /proc/$$/fd/\(own)"])
        == .exited(status: 0))
  }

  @Test func itReadsWhatItIsGivenAndThenTheEnd() throws {
    let text = String(repeating: "0123456789abcde\n", count: 1_000)
    let script = "test \"$(md5sum)\" = \"$(printf '%s' \"$TEXT\" | md5sum)\""
    #expect(
      try run(["sh", "-c", script], environment: ["TEXT": text], input: Array(text.utf8))
        == .exited(status: 0))
  }

  @Test func moreThanAPipeHoldsIsAnErrorNotAWait() {
    #expect(throws: SystemError("write", code: EAGAIN)) {
      _ = try Command(["cat"], input: [UInt8](repeating: 0, count: 4 << 20), timeoutSeconds: 1)
    }
  }

  @Test func missingProgramIsAnErrorNamingIt() {
    #expect(throws: SystemError("start", path: "/no/such/program", code: 2)) {
      _ = try Command(["/no/such/program"], timeoutSeconds: 1)
    }
  }

  @Test func commandOverTimeIsEnded() throws {
    #expect(try run(["sleep", "60"], timeoutSeconds: 0) == .timedOut)
  }

  @Test func commandThatIgnoresTheRequestIsMadeToEnd() throws {
    #expect(try run(["sh", "-c", "trap '' TERM; sleep 60"], timeoutSeconds: 1) == .timedOut)
  }

  @Test func whatItLeftBehindEndsWithIt() throws {
    let path = "/tmp/harbinger-\(getpid())-left-behind"
    #expect(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let reading = try Descriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
    #expect(try run(["sh", "-c", "exec 3>\(path); sleep 60 & exit 0"]) == .exited(status: 0))
    // The pipe is at its end only when the sleeper, which would write to it, is gone.
    var poller = Poller<Int>()
    poller.watch(reading.number, as: 0)
    #expect(try poller.wait(until: WallClock.monotonicMicroseconds + 30_000_000) == [0])
    #expect(try reading.readValue(UInt8(0)) == nil)
  }

  /// If another thread has reaped the child, the kernel answers ECHILD, which is no exit status.
  @Test func anEndingThatSomebodyElseTookIsNoSuccess() throws {
    var command = try Command(["true"], timeoutSeconds: 30)
    #expect(waitpid(command.pid, nil, 0) == command.pid)
    #expect(command.check() == .unknown(errno: ECHILD))
  }

  @Test func noSignalIsBlockedInIt() throws {
    let script = "grep -q 'SigBlk:.0000000000000000' /proc/self/status"
    #expect(try run(["sh", "-c", script]) == .exited(status: 0))
  }

  private func run(
    _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    timeoutSeconds: Int = 30
  ) throws -> Command.Ending {
    var command = try Command(
      arguments, environment: environment, input: input, timeoutSeconds: timeoutSeconds)
    var poller = Poller<Int>()
    poller.watch(command.descriptor, as: 0)
    while true {
      _ = try poller.wait(until: command.deadlineMicroseconds)
      if let ending = command.check() { return ending }
    }
  }
}

/// Goal: a receiver with the secret can verify our signatures. Method: the examples of RFC 4231.
@Suite struct MachineSignatureTests {
  @Test(
    arguments: [
      (
        [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xaa, count: 131),
        Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ] as [([UInt8], [UInt8], String)])
  func signatureIsThatOfTheStandard(secret: [UInt8], message: [UInt8], expected: String) {
    let digits = Signature.hmacSHA256(of: message, secret: secret).map {
      ($0 < 16 ? "0" : "") + String($0, radix: 16)
    }
    #expect(digits.joined() == expected)
  }
}

/// Whether a real systemd runs here and executes requests.
private let hasServiceManager = access("/run/systemd/system", F_OK) == 0 && getuid() == 0

@Suite struct MachineServiceManagerTests {
  @Test(arguments: [
    ("backup", "backup"), ("web:/api/v1", "web:-api-v1"), (".hidden", #"\x2ehidden"#),
    ("a b@é", #"a\x20b\x40\xc3\xa9"#), ("a-b", #"a\x2db"#),
  ])
  func streamIsEscapedAsSystemdDoes(text: String, escaped: String) {
    #expect(ServiceManager.escaped(text) == escaped)
  }

  @Test(arguments: ["", "no-suffix", "a b.service", "a/b.service", "a\n.service"])
  func whatIsNoUnitNameIsNotAskedFor(name: String) {
    #expect(throws: ServiceManager.Failure.self) { try ServiceManager.start(unit: name) }
  }

  @Test(.enabled(if: hasServiceManager, "needs root and a running systemd"))
  func runningUnitStaysAndMissingOneIsNamed() throws {
    try ServiceManager.start(unit: "basic.target")
    #expect(throws: ServiceManager.Failure.noSuchUnit("harbinger-none.service")) {
      try ServiceManager.start(unit: "harbinger-none.service")
    }
  }
}
