import Foundation
import Glibc
import Host
import Testing

@Suite struct MachineFilesTests {
  private let folder = ScratchFolder()

  @Test func missingFileIsNil() throws {
    #expect(try SmallFile.read(folder.path("none"), limitBytes: 10) == nil)
    #expect(try SmallFile.read(folder.path("none/deeper"), limitBytes: 10) == nil)
  }

  @Test(arguments: [0, 1, 4_095, 4_096, 4_097, 10_000])
  func fileIsReadWhole(byteCount: Int) throws {
    let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try SmallFile.replace(folder.path("f"), with: bytes.span)
    #expect(try SmallFile.read(folder.path("f"), limitBytes: 10_000) == bytes)
  }

  @Test func fileOverTheLimitIsRefused() throws {
    let path = folder.path("f")
    try SmallFile.replace(path, with: [UInt8](repeating: 1, count: 11).span)
    #expect(throws: SystemError("read", path: path, code: EFBIG)) {
      try SmallFile.read(path, limitBytes: 10)
    }
  }

  @Test func namedPipeIsRefusedAndDoesNotHang() throws {
    let path = folder.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: SystemError("read", path: path, code: EINVAL)) {
      try SmallFile.read(path, limitBytes: 10)
    }
  }

  /// Goal: no rename puts a file in the place of a device or pipe; what a command writes goes through it.
  @Test func whatIsNoFileIsNotReplaced() throws {
    let path = folder.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let refused = SystemError("replace what is no regular file,", path: path, code: EINVAL)
    #expect(throws: refused) { try SmallFile.replace(path, with: [1].span) }
    #expect(throws: refused) { _ = try NewFile(for: path) }
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try SmallFile.write([7, 8].span, to: path)
    var received: [UInt8] = [0, 0, 0]
    #expect(read(reader, &received, 3) == 2 && received == [7, 8, 0])
    try SmallFile.write([9].span, to: folder.path("file"))
    #expect(try SmallFile.read(folder.path("file"), limitBytes: 9) == [9])
  }

  /// Goal: a symbolic link stays, and what it leads to is replaced; not where another user has made the link.
  @Test(arguments: [false, true]) func linkIsFollowed(toOther: Bool) throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("there"), withIntermediateDirectories: true)
    let (link, file) = (folder.path("link"), folder.path("there/file"))
    try SmallFile.replace(file, with: [1].span)
    #expect(symlink("there/file", link) == 0)
    if toOther {
      guard geteuid() == 0 else { return }
      #expect(lchown(link, 12_345, 12_345) == 0)
      #expect(throws: SystemError("follow another user's link", path: link, code: ELOOP)) {
        try SmallFile.replace(link, with: [2].span)
      }
      return
    }
    try SmallFile.replace(link, with: [2].span)
    var new = try NewFile(for: link)
    #expect(new.path.hasPrefix(file))
    #expect(try SmallFile.read(file, limitBytes: 9) == [2])
    try new.place()
    #expect(try SmallFile.read(file, limitBytes: 9) == [])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "there/file")
  }

  @Test func fileOfProcWithoutASizeIsReadWhole() throws {
    let bytes = try #require(try SmallFile.read("/proc/self/status", limitBytes: 65_536))
    #expect(String(decoding: bytes, as: UTF8.self).contains("voluntary_ctxt_switches"))
  }

  @Test func replacingLeavesOnlyTheNewFileWithItsMode() throws {
    let path = folder.path("status.json")
    try SmallFile.replace(path, with: Array("old".utf8).span, mode: 0o600)
    try SmallFile.replace(path, with: Array("new".utf8).span, mode: 0o644, durable: true)
    #expect(try SmallFile.read(path, limitBytes: 10) == Array("new".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root) == ["status.json"])
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644)
  }

  @Test func failedReplaceKeepsTheOldFileAndNamesWhatFailed() throws {
    // A folder in the file's place cannot be replaced by it.
    let path = folder.path("taken")
    try FileManager.default.createDirectory(
      atPath: path + "/inside", withIntermediateDirectories: true)
    #expect(throws: SystemError("replace", path: path, code: EISDIR)) {
      try SmallFile.replace(path, with: [1].span)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.root) == ["taken"])
  }

  @Test func errorSaysWhatWasTriedOnWhatAndWhy() {
    let error = SystemError("open", path: "/x", code: ENOENT)
    #expect(error.description == "cannot open /x: No such file or directory (errno 2)")
  }

  @Test func fullDiskIsAnErrorOfTheWrite() throws {
    let full = try Descriptor(opening: "/dev/full", flags: O_WRONLY)
    #expect(throws: SystemError("write", path: "/dev/full", code: ENOSPC)) {
      try full.writeAll([1].span, path: "/dev/full")
    }
  }

  @Test(arguments: [
    "", "/etc/passwd", "../../../etc/passwd", "Europe/../UTC", "Europe//Berlin", "Europe/", ".",
    "Europe/Ber lin", "Europe/Berlin\0", "a/b/c/d/e", String(repeating: "a", count: 65),
  ])
  func whatLeadsElsewhereIsNoZone(name: String) throws {
    #expect(try ZoneFile.bytes(name) == nil)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: ZoneFile.folder), "needs tzdata"))
  func zoneFileIsCompiledRules() throws {
    for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
      #expect(try ZoneFile.bytes(name)?.prefix(4).elementsEqual("TZif".utf8) == true)
    }
    #expect(try ZoneFile.bytes("Europe/Atlantis") == nil)
  }

  @Test func secondLockIsRefusedNamingTheHolder() throws {
    let path = folder.path("lock")
    let first = try LockFile(path)
    #expect(throws: LockFile.Failure.held(path: path, pid: Int(getpid()))) {
      _ = try LockFile(path)
    }
    _ = first
  }

  /// Only the next holder reads the previous holder's note.
  @Test func aNoteIsLeftToTheNextHolderOnly() throws {
    let path = folder.path("lock")
    do {
      let first = try LockFile(path)
      #expect(first.note.isEmpty)
      first.leave(note: "all is well")
    }
    do {
      let second = try LockFile(path)
      #expect(second.note == "all is well")
    }
    let third = try LockFile(path)
    #expect(third.note.isEmpty)
  }

  /// A change is noticed even if the modification time, which programs can set, is unchanged.
  @Test func aStampTellsOfChanges() throws {
    let path = folder.path("stamped")
    #expect(FileStamp(path) == nil)
    try Data("one".utf8).write(to: URL(filePath: path))
    let first = try #require(FileStamp(path)).text
    #expect(FileStamp(path)?.text == first)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let changed = try #require(attributes[.modificationDate] as? Date)
    // The kernel's clock for file times advances in steps.
    usleep(20_000)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("two".utf8))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: changed], ofItemAtPath: path)
    #expect(FileStamp(path)?.text != first)
  }

  @Test func lockIsFreeOnceItsHolderLeaves() throws {
    let path = folder.path("lock")
    do { _ = try LockFile(path) }
    _ = try LockFile(path)
  }

  @Test func lockThatCannotBeOpenedIsASystemError() {
    let path = folder.path("none/lock")
    #expect(
      throws: LockFile.Failure.system(SystemError("open the lock", path: path, code: ENOENT))
    ) { _ = try LockFile(path) }
  }

  @Test func residentMemoryIsThatOfProc() throws {
    #expect(try #require(ProcessFacts.residentBytes) > 1_000_000)
  }

  /// In a process of its own, because memory is the whole process's.
  @Test func codeThatIsLetGoIsMappedAgainWhenItRuns() async {
    await #expect(processExitsWith: .success) {
      let before = try #require(ProcessFacts.residentBytes)
      CodePages.release()
      let after = try #require(ProcessFacts.residentBytes)
      #expect(after < before)
    }
  }

  @Test(
    arguments: [
      ("55d0c000-55d0e000 r-xp 00000000 fe:00 1622     /usr/bin/a b", 0x55d0_c000..<0x55d0_e000),
      ("55d0c000-55d0e000 r--p 00000000 fe:00 1622 /usr/bin/a", nil),
      ("55d0c000-55d0e000 r-xp 00000000 00:00 0 [vdso]", nil),
      ("55d0c000-55d0e000 r-xp 00000000 00:00 0", nil),
      ("55d0e000-55d0c000 r-xp 00000000 fe:00 1622 /usr/bin/a", nil), ("", nil),
    ] as [(String, Range<UInt>?)])
  func onlyTheCodeOfFilesIsLetGo(line: String, range: Range<UInt>?) {
    #expect(CodePages.codeRange(line) == range)
  }

  @Test func firstOfSeveralServiceFoldersCounts() async {
    await #expect(processExitsWith: .success) {
      setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1)
      #expect(ProcessFacts.folder(.state) == "/var/lib/a")
      setenv("STATE_DIRECTORY", "", 1)
      #expect(ProcessFacts.folder(.state) == nil)
    }
  }
}

/// A temporary folder, deleted at the end of the test.
private final class ScratchFolder: Sendable {
  let root: String

  init() {
    let template = FileManager.default.temporaryDirectory.path + "/harbinger-XXXXXX"
    root = template.withCString { String(cString: mkdtemp(strdup($0))) }
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  func path(_ name: String) -> String { root + "/" + name }
}
