import Foundation
import Glibc
import Testing

/// Goal: content that was read is recognised by its beginning and by the bytes before our position, whatever its new
/// name, length or inode.
@Suite("Intake copies") struct IntakeCopyTests {
  private func lines(_ range: Range<Int>) -> [String] { range.map { "request number \($0)" } }

  private func text(_ range: Range<Int>) -> String { lines(range).map { $0 + "\n" }.joined() }

  /// The lines written between copy and truncation are in no file afterwards; they were read before.
  @Test(arguments: [2, 50, 5_000]) func copyShorterThanWhatWasReadIsNotNew(lineCount: Int) {
    let bed = IntakeBed()
    bed.write(text(0..<lineCount))
    bed.drain()
    bed.copy("access.log", to: "access.log.1")
    bed.write(text(lineCount..<lineCount + 5))
    #expect(bed.drain() == lines(lineCount..<lineCount + 5))
    bed.truncate()
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func copyThatEndsWithinALineIsNotNew() {
    let bed = IntakeBed()
    bed.write(text(0..<1000) + "request num")
    bed.drain()
    bed.copy("access.log", to: "access.log.1")
    bed.write("ber 1000\n")
    #expect(bed.drain() == ["request number 1000"])
    bed.truncate()
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    #expect(bed.storedLines.count == 1002)
  }

  @Test func shorterCopyIsCompressedAtOnce() {
    let bed = IntakeBed()
    bed.write(text(0..<5000))
    bed.drain()
    bed.copy("access.log", to: "access.log.1")
    bed.write(text(5000..<5100))
    bed.drain()
    bed.truncate()
    bed.write("new\n")
    bed.gzip("access.log.1")
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func shorterCopyIsCompressedAfterItWasSeen() {
    let bed = IntakeBed()
    bed.write(text(0..<5000))
    bed.drain()
    bed.copy("access.log", to: "access.log.1")
    bed.write(text(5000..<5100))
    bed.drain()
    bed.truncate()
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
    bed.gzip("access.log.1")
    bed.passQuietly()
    #expect(bed.storedLines.count == 5101)
  }

  @Test func killedBetweenCopyAndTruncation() {
    let bed = IntakeBed()
    bed.write(text(0..<5000))
    bed.drain()
    bed.copy("access.log", to: "access.log.1")
    bed.write(text(5000..<5100))
    bed.drain()
    bed.truncate()
    bed.write("new\n")
    bed.restart()
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    #expect(bed.storedLines.count == 5101)
  }

  @Test func anotherFileWithTheSameFirstPageIsReadAfterATruncation() {
    let bed = IntakeBed(maxChunkBytes: 8192)
    let same = text(0..<500)
    bed.write(same + text(1000..<3000))
    bed.drain()
    bed.truncate()
    bed.write(same + text(3000..<3500), to: "access.log.1")
    bed.write("new\n")
    #expect(bed.drain().contains("request number 3499"))
  }

  @Test(arguments: ["access.log.bak", "access.log.old"])
  func plainCopyOfARotatedFileIsNotRead(name: String) {
    let bed = IntakeBed(["access.log*"])
    bed.write(text(0..<500))
    bed.drain()
    bed.copy("access.log", to: name)
    bed.drain()
    bed.move("access.log", to: "access.log.1")
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func copyMadeOnlyAfterTheRotationIsNotRead() {
    let bed = IntakeBed(["access.log*"])
    bed.write(text(0..<500))
    bed.drain()
    bed.move("access.log", to: "access.log.1")
    bed.write("new\n")
    bed.drain()
    bed.copy("access.log.1", to: "access.log.1.bak")
    bed.remove("access.log.1")
    bed.passQuietly()
    #expect(bed.storedLines.count == 501)
  }

  /// As `rsync` and `sed -i` do it: a new file replaces the old one.
  @Test func replacedByAFileThatContinuesTheSameContent() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    bed.write(text(0..<510), to: "temporary")
    bed.move("temporary", to: "access.log")
    #expect(bed.drain() == lines(500..<510))
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
    bed.passQuietly()
    #expect(bed.storedLines.count == 511)
  }

  @Test func replacedWithItsOldContent() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    bed.write(text(0..<400), to: "temporary")
    bed.move("temporary", to: "access.log")
    #expect(bed.drain() == [])
    bed.write("new\n")
    #expect(bed.drain() == ["new"])
  }

  /// As `scp` and some editors do it: the same file is truncated and written again.
  @Test func truncatedAndWrittenAgainWithTheSameBeginning() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    bed.truncate()
    bed.write(text(0..<200))
    #expect(bed.drain() == [])
    bed.write(text(200..<510))
    #expect(bed.drain() == lines(500..<510))
  }

  @Test func zerosReservedAtTheEndAreNotWrittenYet() {
    let bed = IntakeBed()
    let descriptor = open(bed.path("access.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    defer { close(descriptor) }
    ftruncate(descriptor, 4 << 20)
    IntakeBed.write("first\nsec", to: descriptor)
    #expect(bed.drain() == ["first"])
    IntakeBed.write("ond\nthird\n", to: descriptor)
    #expect(bed.drain() == ["second", "third"])
    bed.restart()
    IntakeBed.write("fourth\n", to: descriptor)
    #expect(bed.drain() == ["fourth"])
  }

  @Test func killedWithinTheHoleBeforeTheFirstLine() {
    let bed = IntakeBed()
    let descriptor = open(bed.path("access.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    defer { close(descriptor) }
    lseek(descriptor, 3 << 20, SEEK_SET)
    ftruncate(descriptor, 3 << 20)
    bed.drain()
    bed.restart()
    IntakeBed.write("first\nsecond\n", to: descriptor)
    #expect(bed.drain() == ["first", "second"])
  }

  // MARK: Inodes that are used again

  /// Whether a deleted file's inode is given to the next one, as on ext4.
  private static let inodesAreUsedAgain = isDone { bed in
    bed.write("a\n", to: "a")
    return bed.replace("a", by: "b", holding: [])
  }

  /// Other tests make files at the same time, which may get the inode.
  ///
  /// - Parameter attempt: Whether it got it.
  private static func isDone(_ attempt: (IntakeBed) -> Bool) -> Bool {
    (0..<100).contains { _ in attempt(IntakeBed()) }
  }

  /// Found, and deleted before it was opened; the copy that is made then has its name and its inode.
  @Test(
    .enabled(if: inodesAreUsedAgain, "this file system does not use inodes again"),
    arguments: [10, 300])
  func copyWithTheInodeOfAFileThatWasNotReadIsNotNew(unreadCount: Int) {
    let isDone = Self.isDone { bed in
      bed.write(text(0..<100))
      bed.drain()
      bed.write(text(1000..<1000 + unreadCount), to: "access.log.1")
      bed.refresh()
      // Times of files are as fine as the kernel's clock ticks.
      usleep(20_000)
      let copy = Array(text(0..<100).utf8)
      guard bed.replace("access.log.1", by: "access.log.1", holding: copy) else { return false }
      bed.step()
      bed.truncate()
      bed.write("new\n")
      #expect(bed.drain() == ["new"])
      bed.passQuietly()
      #expect(bed.storedLines == lines(0..<100) + ["new"])
      return true
    }
    #expect(isDone)
  }

  /// The new file is empty at first, so its content cannot be recognised yet.
  @Test(.enabled(if: inodesAreUsedAgain, "this file system does not use inodes again"))
  func compressedFileWithTheInodeOfWhatItIsMadeFromIsNotNew() {
    let isDone = Self.isDone { bed in
      bed.write(text(0..<100))
      bed.drain()
      bed.move("access.log", to: "access.log.1")
      bed.write("now\n")
      bed.drain()
      bed.write(text(0..<100), to: "copy")
      bed.gzip("copy")
      let compressed = FileManager.default.contents(atPath: bed.path("copy.gz")) ?? Data()
      bed.restart()
      guard bed.replace("access.log.1", by: "access.log.1.gz", holding: []) else { return false }
      bed.refresh()
      bed.step()
      bed.write(bytes: Array(compressed), to: "access.log.1.gz")
      #expect(bed.drain() == [])
      bed.passQuietly()
      #expect(bed.storedLines == lines(0..<100) + ["now"])
      return true
    }
    #expect(isDone)
  }

  /// While a long backlog is read, the log that is read last is copied and truncated.
  @Test func copyOfALogThatWasNotReadYetIsReadBeforeIt() {
    let bed = IntakeBed(maxChunkBytes: 8192)
    bed.drain()
    bed.write(text(0..<1000), to: "access.log.1")
    bed.write(text(1000..<1500))
    bed.refresh()
    bed.step()
    bed.move("access.log.1", to: "access.log.2")
    bed.copy("access.log", to: "access.log.1")
    bed.refresh()
    bed.truncate()
    bed.write(text(1500..<1600))
    bed.drain()
    #expect(bed.storedLines == lines(0..<1600))
  }

  /// A name that is missing for the moment of a scan and there again when the file is opened by it.
  @Test func logThatWasMissingOnceIsReadToItsEndAfterItsDeletion() {
    let bed = IntakeBed()
    bed.write(text(0..<100))
    bed.drain()
    bed.restart()
    bed.write(text(100..<110))
    bed.refresh()
    bed.makeDirectory("away")
    bed.move("access.log", to: "away/access.log")
    bed.refresh()
    bed.move("away/access.log", to: "access.log")
    bed.step()
    bed.move("access.log", to: "access.log.1")
    bed.write(text(110..<120), to: "access.log.1")
    bed.write(text(120..<130))
    bed.remove("access.log.1")
    bed.passQuietly()
    #expect(bed.storedLines == lines(0..<130))
  }
}

extension LogDirectory {
  /// Deletes a file and makes another.
  ///
  /// - Returns: Whether it got the same inode.
  fileprivate func replace(_ old: String, by new: String, holding bytes: [UInt8]) -> Bool {
    func inode(_ name: String) -> ino_t {
      var status = stat()
      return stat(path(name), &status) == 0 ? status.st_ino : 0
    }
    let before = inode(old)
    remove(old)
    write(bytes: bytes, to: new)
    return inode(new) == before
  }
}
