internal import Glibc
internal import Records

/// Entries of the systemd journal: the message of each as a line, or the fields that are wanted of it.
///
/// The place in it is the cursor of the entry counted last, of each machine. Our own messages are left out,
/// or each would bring the next.
final class JournalFeed: BufferedSource {
  private let source: SourceDescription
  private let selection: JournalSelection
  /// As they were stored, by machine.
  private var stored: [String: String]
  private var machineJournals: [MachineJournal] = []
  /// Finds the machines of a directory.
  private var discoveryReader: JournalReader?
  private var directoryKey: FileKey?
  private var changed: Set<String> = []
  private var hasBeenOpen = false
  private var hasReportedEnd = false
  private var problem: IntakeProblem?
  private var hasTooManyMachines = false
  /// Until when it is said that entries may be missing.
  private var missingEntriesUntilSeconds: Double?
  private var nowSeconds = 0.0
  private var machinesDueSeconds: Double?
  /// When the journal is to be opened again, or looked at.
  private(set) var deadlineSeconds: Double?
  private(set) var lines: [UInt8] = []
  /// Instead of the lines, where fields are wanted.
  private var entries: FieldEntries?
  private var wakeups: (wakeups: Wakeups, number: Int)?

  /// The most of one chunk.
  private static let chunkBytesMax = 256 << 10
  private static let chunkEntriesMax = 4_096
  private static let machinesMax = 64
  private static let firstEntrySeconds = 5.0
  private static let retrySeconds = 10.0
  private static let missingEntriesShownSeconds = 3_600.0
  private static let ownIdentifier = Array("harbinger".utf8)

  /// - Parameter cursors: By machine.
  init(source: SourceDescription, selection: JournalSelection, cursors: [String: String]) {
    self.source = source
    self.selection = selection
    stored = cursors
    entries = source.fields.map { FieldEntries(names: $0) }
  }

  func takes(_ source: SourceDescription) -> Bool { false }

  var isReady: Bool { !hasReportedEnd || machineJournals.contains { $0.nextMicroseconds != nil } }

  func attach(to wakeups: Wakeups, as number: Int, nowSeconds: Double) {
    self.wakeups = (wakeups, number)
    self.nowSeconds = nowSeconds
    open()
  }

  // MARK: Opening

  private func open() {
    close()
    let startsAtEnd = source.start == .end && stored.isEmpty && !hasBeenOpen
    directoryKey = JournalAccess.key(of: selection)
    problem = JournalAccess.problem(selection)
    do throws(JournalReader.Failure) {
      if selection.directory != nil {
        let discoveryReader = try JournalReader(selection, maxValueBytes: maxValueBytes)
        watch(discoveryReader)
        self.discoveryReader = discoveryReader
        try findMachines(startsAtEnd: startsAtEnd)
      } else {
        try open("", startsAtEnd: startsAtEnd)
      }
      hasBeenOpen = true
    } catch {
      fail(error)
    }
    setDeadline()
  }

  private var maxValueBytes: Int { source.maxLineBytes + 256 }

  private func open(_ machine: String, startsAtEnd: Bool) throws(JournalReader.Failure) {
    let machineJournal = try MachineJournal(
      selection, machine: machine, cursor: stored[machine], startsAtEnd: startsAtEnd,
      maxValueBytes: maxValueBytes)
    watch(machineJournal.reader)
    if machineJournal.cursor != stored[machine] { changed.insert(machine) }
    if machineJournal.hasMissingEntries {
      missingEntriesUntilSeconds = nowSeconds + Self.missingEntriesShownSeconds
    }
    machineJournals.append(machineJournal)
    hasReportedEnd = false
  }

  private func watch(_ reader: JournalReader) {
    if let (wakeups, number) = wakeups { _ = wakeups.add(reader.descriptor, as: number) }
  }

  /// A machine that is new is read from its beginning.
  private func findMachines(startsAtEnd: Bool) throws(JournalReader.Failure) {
    guard let discoveryReader else { return }
    let wanted = selection.matches.first { $0.field == MachineJournal.machineField }?.values
    let machines = try discoveryReader.machines().filter { wanted?.contains($0) ?? true }
    for machine in machines.prefix(Self.machinesMax)
    where !machineJournals.contains(where: { $0.machine == machine }) {
      try open(machine, startsAtEnd: startsAtEnd)
    }
    hasTooManyMachines = machines.count > Self.machinesMax
  }

  /// The first entry of a machine may be its file's first change or a later one; so it is looked for when files
  /// came, and a little after anything came.
  private func findMachines(after change: JournalReader.Change) throws(JournalReader.Failure) {
    let isDue = machinesDueSeconds.map { $0 <= nowSeconds } ?? false
    if isDue { machinesDueSeconds = nil }
    if change == .files || isDue { try findMachines(startsAtEnd: false) }
    if change != .none, machinesDueSeconds == nil {
      machinesDueSeconds = nowSeconds + Self.firstEntrySeconds
    }
  }

  private func close() {
    for machineJournal in machineJournals { stored[machineJournal.machine] = machineJournal.cursor }
    machineJournals = []
    discoveryReader = nil
  }

  private func fail(_ failure: JournalReader.Failure) {
    close()
    problem = problem ?? .journalFailed(directory: selection.directory, errno: failure.code)
    setDeadline()
  }

  /// What may not be read, or is not there, may be one day, and nothing tells when.
  private func setDeadline() {
    let seconds =
      problem == nil
      ? (discoveryReader ?? machineJournals.first?.reader)?.pollSeconds : Self.retrySeconds
    deadlineSeconds = [seconds.map { nowSeconds + $0 }, machinesDueSeconds].compactMap { $0 }.min()
  }

  func refresh(isAwake: Bool, nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    let isDue = deadlineSeconds.map { $0 <= nowSeconds } ?? false
    guard isAwake || isDue else { return }
    // A directory that went and came back is another one, which nothing tells of.
    let isReplaced = JournalAccess.key(of: selection) != directoryKey
    let isMendable = isDue && problem != nil && JournalAccess.problem(selection) == nil
    if isMendable || isReplaced || machineJournals.isEmpty && discoveryReader == nil {
      return open()
    }
    do throws(JournalReader.Failure) {
      if let discoveryReader { try findMachines(after: discoveryReader.process()) }
      for machineJournal in machineJournals {
        try machineJournal.reader.process()
        try machineJournal.look()
      }
      setDeadline()
    } catch {
      fail(error)
    }
  }

  // MARK: Reading

  func advance() -> Chunk? {
    lines.removeAll(keepingCapacity: true)
    entries?.removeAll()
    var count = 0
    do throws(JournalReader.Failure) {
      while count < Self.chunkEntriesMax, byteCount < Self.chunkBytesMax,
        let machineJournal = oldest, let time = machineJournal.nextMicroseconds
      {
        try machineJournal.take {
          if !isOwn($0) { append($0, at: time) }
        }
        changed.insert(machineJournal.machine)
        count += 1
        try machineJournal.look()
      }
    } catch {
      fail(error)
    }
    hasReportedEnd = count == 0
    if count == 0 { return nil }
    return Chunk(path: "the journal", byteCount: byteCount, tooLongLineCount: 0)
  }

  private var byteCount: Int { entries?.byteCount ?? lines.count }

  /// The machineJournal whose next entry is the oldest.
  private var oldest: MachineJournal? {
    var oldest: MachineJournal?
    for machineJournal in machineJournals {
      guard let time = machineJournal.nextMicroseconds else { continue }
      if time < oldest?.nextMicroseconds ?? .max { oldest = machineJournal }
    }
    return oldest
  }

  private func isOwn(_ reader: JournalReader) -> Bool {
    reader.withValue(of: "SYSLOG_IDENTIFIER") { $0.elementsEqual(Self.ownIdentifier) } ?? false
  }

  private func append(_ reader: JournalReader, at microseconds: UInt64) {
    if entries != nil { return appendFields(of: reader, at: microseconds) }
    // An entry without a message is an empty line, and counted as malformed.
    reader.withValue(of: "MESSAGE") { message in
      for byte in message.prefix(source.maxLineBytes + 1) {
        lines.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
      }
    }
    lines.append(UInt8(ascii: "\n"))
  }

  private func appendFields(of reader: JournalReader, at microseconds: UInt64) {
    guard let names = entries?.names else { return }
    entries?.begin()
    for (place, name) in names.enumerated() {
      if name == "__REALTIME_TIMESTAMP" {
        entries?.set(place, to: "\(microseconds)".utf8)
      } else if !name.hasPrefix("__") {
        reader.withValue(of: name) {
          entries?.set(place, to: $0.prefix(source.maxLineBytes + 1))
        }
      }
    }
  }

  func parse(
    _ chunk: Chunk, by parser: inout RecordParser, now: Int64, into batch: inout RecordBatch
  ) {
    if let entries { return parser.parse(entries, now: now, into: &batch) }
    let lines = lines
    parser.parse(lines.span.bytes, of: chunk, now: now, into: &batch)
  }

  // MARK: Telling

  func takePositionChanges() -> PositionChanges {
    var cursors: [String: String] = [:]
    for machineJournal in machineJournals where changed.contains(machineJournal.machine) {
      cursors[machineJournal.machine] = machineJournal.cursor
    }
    for machine in changed where cursors[machine] == nil { cursors[machine] = stored[machine] }
    changed = []
    return cursors.isEmpty ? PositionChanges() : PositionChanges(cursors: [source.name: cursors])
  }

  func status() -> SourceStatus {
    var problems = [problem].compactMap { $0 }
    if hasTooManyMachines { problems.append(.tooManyMachines(limit: Self.machinesMax)) }
    if let until = missingEntriesUntilSeconds, nowSeconds < until { problems.append(.journalGap) }
    return SourceStatus(
      name: source.name, isDrained: !isReady, lagBytes: 0, fileCount: 0,
      path: selection.directory, problems: problems)
  }
}
