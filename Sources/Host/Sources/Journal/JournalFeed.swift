internal import Glibc
internal import Records

/// Reads entries of the systemd journal: the message of each as a line, or selected fields.
///
/// The position is, for each machine, the cursor of the entry counted last. Our own messages are skipped, because each
/// would cause the next.
final class JournalFeed: BufferedSource {
  private let source: SourceDescription
  private let selection: JournalSelection
  /// The stored cursors, by machine.
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
  /// Until when the status says that entries may be missing.
  private var missingEntriesUntilSeconds: Double?
  private var nowSeconds = 0.0
  private var machineScanDeadlineSeconds: Double?
  /// When the journal must be opened or polled again.
  private(set) var deadlineSeconds: Double?
  private(set) var lines: [UInt8] = []
  /// Used instead of `lines` if fields are selected.
  private var entries: FieldEntries?
  private var wakeups: (wakeups: Wakeups, number: Int)?

  /// The limits of one chunk.
  private static let chunkBytesMax = 256 << 10
  private static let chunkEntriesMax = 4_096
  private static let machinesMax = 64
  private static let firstEntrySeconds = 5.0
  private static let retrySeconds = 10.0
  private static let missingEntriesShownSeconds = 3_600.0
  private static let ownIdentifier = Array("harbinger".utf8)

  /// - Parameter cursors: The stored cursors, by machine.
  init(source: SourceDescription, selection: JournalSelection, cursors: [String: String]) {
    self.source = source
    self.selection = selection
    stored = cursors
    entries = source.fields.map { FieldEntries(names: $0) }
  }

  func reconfigure(_ source: SourceDescription) -> Bool { false }

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

  /// Opens the journals of new machines, from their beginning.
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

  /// A machine's first entry may come with its new file or later, so machines are searched when files were added, and
  /// some seconds after any other change.
  private func findMachines(after change: JournalReader.Change) throws(JournalReader.Failure) {
    let isDue = machineScanDeadlineSeconds.map { $0 <= nowSeconds } ?? false
    if isDue { machineScanDeadlineSeconds = nil }
    if change == .files || isDue { try findMachines(startsAtEnd: false) }
    if change != .none, machineScanDeadlineSeconds == nil {
      machineScanDeadlineSeconds = nowSeconds + Self.firstEntrySeconds
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

  /// A journal that cannot be read now, or does not exist, is retried periodically, because no event announces it.
  private func setDeadline() {
    let seconds =
      problem == nil
      ? (discoveryReader ?? machineJournals.first?.reader)?.pollSeconds : Self.retrySeconds
    deadlineSeconds =
      [seconds.map { nowSeconds + $0 }, machineScanDeadlineSeconds].compactMap(\.self).min()
  }

  func refresh(isAwake: Bool, nowSeconds: Double) {
    self.nowSeconds = nowSeconds
    let isDue = deadlineSeconds.map { $0 <= nowSeconds } ?? false
    guard isAwake || isDue else { return }
    // A directory that was deleted and created again has a new inode, and no event reports that.
    let isReplaced = JournalAccess.key(of: selection) != directoryKey
    let canReopen = isDue && problem != nil && JournalAccess.problem(selection) == nil
    if canReopen || isReplaced || machineJournals.isEmpty && discoveryReader == nil {
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

  /// The machine whose next entry is the oldest.
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
    // An entry without a message becomes an empty line, which counts as malformed.
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

  // MARK: Status

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
