import Foundation
import Glibc
import Host
import Testing

@Suite("Intake scenarios") struct IntakeScenarioTests {
  @Test func linesAreDeliveredOnceInOrder() {
    let bed = IntakeBed()
    bed.write("a\nb\n")
    #expect(bed.drain() == ["a", "b"])
    bed.write("c\n")
    #expect(bed.drain() == ["c"])
    #expect(bed.drain() == [])
  }

  @Test func lineWrittenInPiecesIsDeliveredOnceWhole() {
    let bed = IntakeBed()
    bed.write("a\nhal")
    #expect(bed.drain() == ["a"])
    bed.passQuietly()
    bed.write("f a line")
    #expect(bed.drain() == [])
    bed.write("\n")
    #expect(bed.drain() == ["half a line"])
  }

  @Test func renameAndCreateAtOnce() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.write("b\n")
    bed.move("access.log", to: "access.log.1")
    bed.write("c\n")
    #expect(bed.drain() == ["b", "c"])
  }

  @Test func writerGoesOnInTheRenamedFileBesideTheNewOne() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.move("access.log", to: "access.log.1")
    bed.write("b\n", to: "access.log.1")
    #expect(bed.drain() == ["b"])
    bed.write("c\n")
    #expect(bed.drain() == ["c"])
    bed.write("d\n", to: "access.log.1")
    bed.write("e\n")
    #expect(bed.drain() == ["d", "e"])
    bed.passQuietly()
    bed.write("f\n", to: "access.log.1")
    #expect(bed.drain() == ["f"])
  }

  @Test func chainOfRotationsFasterThanWeRead() {
    let bed = IntakeBed()
    bed.write("0\n")
    bed.drain()
    for round in 1...4 {
      for age in [3, 2, 1] {
        if access(bed.path("access.log.\(age)"), F_OK) == 0 {
          bed.move("access.log.\(age)", to: "access.log.\(age + 1)")
        }
      }
      bed.write("\(round)\n")
      bed.move("access.log", to: "access.log.1")
      bed.write("\(round).5\n")
    }
    #expect(bed.drain().sorted() == ["1", "1.5", "2", "2.5", "3", "3.5", "4", "4.5"])
  }

  @Test func copytruncateWithUnreadLines() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.write("b\n")
    bed.copyTruncate()
    bed.write("c\n")
    #expect(bed.drain() == ["b", "c"])
    bed.write("d\n")
    #expect(bed.drain() == ["d"])
  }

  @Test func copySeenBeforeTheTruncationIsNotReadTwice() {
    let bed = IntakeBed()
    bed.write("a\nb\n")
    bed.drain()
    bed.write("c\n")
    bed.copy("access.log", to: "access.log.1")
    #expect(bed.drain() == ["c"])
    bed.truncate()
    bed.write("d\n")
    #expect(bed.drain() == ["d"])
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func truncatedAndGrownPastTheOldOffset() {
    let bed = IntakeBed()
    bed.write("a\nb\n")
    bed.drain()
    bed.truncate()
    bed.write("c\nd\ne\n")
    #expect(bed.drain() == ["c", "d", "e"])
  }

  @Test func truncatedAndGrownWhileDown() {
    let bed = IntakeBed()
    bed.write("a\nb\n")
    bed.drain()
    bed.truncate()
    bed.write("c\nd\ne\n")
    bed.restart()
    #expect(bed.drain() == ["c", "d", "e"])
  }

  @Test func deletedAndCreated() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.write("b\n")
    bed.remove("access.log")
    bed.write("c\n")
    #expect(bed.drain() == ["b", "c"])
  }

  @Test func rotatedAndCompressedWhileDown() {
    let bed = IntakeBed()
    bed.write("a\nb\n")
    bed.drain()
    bed.write("c\n")
    bed.move("access.log", to: "access.log.1")
    bed.gzip("access.log.1")
    bed.write("d\n")
    bed.restart()
    #expect(bed.drain() == ["c", "d"])
  }

  @Test func severalRotationsWhileDown() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.write("b\n")
    bed.move("access.log", to: "access.log.1")
    bed.gzip("access.log.1")
    bed.move("access.log.1.gz", to: "access.log.2.gz")
    bed.write("c\n")
    bed.move("access.log", to: "access.log.1")
    bed.write("d\n")
    bed.restart()
    #expect(bed.drain() == ["b", "c", "d"])
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func rotatedFileCompressedUnderOurEyes() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    bed.write("b\n")
    bed.move("access.log", to: "access.log.1")
    bed.write("c\n")
    bed.gzip("access.log.1", removesOriginal: false)
    #expect(bed.drain() == ["b", "c"])
    bed.remove("access.log.1")
    #expect(bed.drain() == [])
    bed.passQuietly()
    bed.restart()
    #expect(bed.drain() == [])
    bed.move("access.log.1.gz", to: "access.log.2.gz")
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func lastLineWithoutNewlineIsDeliveredOnceWhenItsFileIsFinished() {
    let bed = IntakeBed()
    bed.write("a\nlast")
    #expect(bed.drain() == ["a"])
    bed.move("access.log", to: "access.log.1")
    bed.write("b\n")
    #expect(bed.drain() == ["b"])
    bed.advanceClock(3)
    #expect(bed.drain() == ["last"])
    bed.restart()
    bed.passQuietly()
    #expect(bed.storedLines == ["a", "b", "last"])
  }

  @Test func siblingsThatWereThereBeforeTheFirstStartAreNotRead() {
    let bed = IntakeBed()
    bed.write("old\n", to: "access.log.1")
    bed.write("older\n", to: "access.log.2")
    bed.gzip("access.log.2")
    bed.write("a\n")
    #expect(bed.drain() == ["a"])
    bed.move("access.log.2.gz", to: "access.log.3.gz")
    bed.gzip("access.log.1")
    bed.move("access.log.1.gz", to: "access.log.2.gz")
    bed.move("access.log", to: "access.log.1")
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func startAtTheEndSkipsOnlyWhatIsThereAtFirstSight() {
    let bed = IntakeBed(start: .end)
    bed.write("a\nb\nhal")
    #expect(bed.drain() == [])
    bed.write("f\nc\n")
    #expect(bed.drain() == ["half", "c"])
    bed.restart()
    bed.write("d\n")
    #expect(bed.drain() == ["d"])
  }

  @Test func fileThatAppearsLaterInADirectoryThatAppearsLater() {
    let bed = IntakeBed(["deep/er/access.log"], start: .end)
    #expect(bed.drain() == [])
    bed.makeDirectory("deep")
    #expect(bed.drain() == [])
    bed.makeDirectory("deep/er")
    #expect(bed.drain() == [])
    bed.write("a\n", to: "deep/er/access.log")
    #expect(bed.drain() == ["a"])
  }

  @Test func globReadsRotatedAndCompressedFilesOldestFirst() {
    let bed = IntakeBed(["access.log*"])
    bed.write("1\n", to: "access.log.2")
    bed.gzip("access.log.2")
    bed.write("2\n", to: "access.log.1")
    bed.write("3\n")
    #expect(bed.drain() == ["1", "2", "3"])
  }

  @Test func globFilesComeAndGo() {
    let bed = IntakeBed(["*.log"])
    bed.write("a\n", to: "a.log")
    bed.drain()
    bed.write("b\n", to: "b.log")
    bed.remove("a.log")
    #expect(bed.drain() == ["b"])
    bed.write("c\n", to: "a.log")
    bed.write("d\n", to: "b.log")
    #expect(bed.drain().sorted() == ["c", "d"])
  }

  @Test func hardLinksCountOnce() {
    let bed = IntakeBed(["*.log"])
    bed.write("a\n", to: "a.log")
    link(bed.path("a.log"), bed.path("b.log"))
    #expect(bed.drain() == ["a"])
    bed.write("b\n", to: "b.log")
    #expect(bed.drain() == ["b"])
  }

  @Test func symbolicLinkSwitchedToANewFile() {
    let bed = IntakeBed()
    bed.write("a\n", to: "one")
    symlink("one", bed.path("access.log"))
    #expect(bed.drain() == ["a"])
    bed.write("b\n", to: "one")
    bed.write("c\n", to: "two")
    symlink("two", bed.path("next"))
    bed.move("next", to: "access.log")
    bed.write("d\n", to: "one")
    #expect(bed.drain() == ["b", "d", "c"])
  }

  @Test func filesWithTheSameBeginningAreTwo() {
    let bed = IntakeBed(["*.log"])
    let same = String(repeating: "the same line\n", count: 80)
    bed.write(same + "a\n", to: "a.log")
    bed.write(same + "b\n", to: "b.log")
    #expect(bed.drain().count == 162)
    bed.write("c\n", to: "b.log")
    bed.restart()
    #expect(bed.drain() == ["c"])
  }

  @Test func lineThatIsTooLongIsCountedAndSkipped() {
    let bed = IntakeBed(maxLineBytes: 100)
    bed.write("a\n" + String(repeating: "x", count: 5_000_000))
    #expect(bed.drain() == ["a"])
    bed.write(String(repeating: "x", count: 5_000_000))
    bed.drain()
    #expect(bed.storedTooLongCount == 0)
    bed.write("\nb\n")
    #expect(bed.drain() == ["b"])
    #expect(bed.storedTooLongCount == 1)
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func writerThatKeepsItsOffsetLeavesAHoleThatIsNoLine() {
    let bed = IntakeBed()
    let descriptor = open(bed.path("access.log"), O_WRONLY | O_CREAT, 0o644)
    IntakeBed.write("first\nsecond\n", to: descriptor)
    bed.drain()
    bed.copyTruncate()
    IntakeBed.write("third\n", to: descriptor)
    close(descriptor)
    #expect(bed.drain() == ["third"])
  }

  @Test func directoryMovedAwayAndANewOneInItsPlace() {
    let bed = IntakeBed(["logs/access.log"])
    bed.makeDirectory("logs")
    bed.write("a\n", to: "logs/access.log")
    bed.drain()
    bed.move("logs", to: "old")
    bed.write("b\n", to: "old/access.log")
    #expect(bed.drain() == ["b"])
    bed.makeDirectory("logs")
    bed.write("c\n", to: "logs/access.log")
    #expect(bed.drain() == ["c"])
  }

  @Test func carriageReturnsNulsAndGarbagePassUnchanged() {
    let bed = IntakeBed()
    bed.write("a\r\nb\0c\n\u{1}\u{7f}\n")
    #expect(bed.drain() == ["a\r", "b\0c", "\u{1}\u{7f}"])
  }

  @Test func filesWithTheSameFirstPagesAreDistinguishedByOurPosition() {
    let bed = IntakeBed()
    let same = String(repeating: "the same line\n", count: 1000)
    bed.write(same + "a\n")
    bed.drain()
    bed.move("access.log", to: "access.log.1")
    bed.write(same + "b\n")
    #expect(bed.drain().count == 1001)
    bed.write("c\n")
    bed.move("access.log.1", to: "access.log.2")
    bed.move("access.log", to: "access.log.1")
    bed.write(same + "d\n")
    bed.restart()
    #expect(bed.drain().filter { $0.count == 1 } == ["c", "d"])
  }

  @Test func inodeGivenToTheNextFile() {
    let bed = IntakeBed()
    // Which number the file system gives is up to it; tried until it gives the same.
    for round in 0..<50 {
      bed.write("first \(round)\nsecond \(round)\n")
      bed.drain()
      bed.restart()
      bed.remove("access.log")
      bed.write("third \(round)\nfourth \(round)\nfifth \(round)\n")
      #expect(bed.drain() == ["third \(round)", "fourth \(round)", "fifth \(round)"])
      bed.restart()
      bed.remove("access.log")
    }
  }

  @Test func rotationNamesOfOtherServicesAreNotRead() {
    let bed = IntakeBed(["web.log"])
    bed.write("a\n", to: "web.log")
    bed.drain()
    for name in ["web-2.log", "web-8080.log", "web.log.lock", "web2.log", "web.log-10.0.0.1"] {
      bed.write("other\n", to: name)
    }
    #expect(bed.drain() == [])
    for name in ["web-20260101.log", "web.2026-01-02.log", "web.log.3", "web.log-2026010203"] {
      bed.write("rotated \(name)\n", to: name)
    }
    #expect(bed.drain().count == 4)
  }

  @Test func symbolicLinkToAFileThatIsRotatedWhereItIs() {
    let bed = IntakeBed()
    bed.makeDirectory("real")
    bed.write("a\n", to: "real/app.log")
    symlink("real/app.log", bed.path("access.log"))
    #expect(bed.drain() == ["a"])
    bed.write("b\n", to: "real/app.log")
    bed.move("real/app.log", to: "real/app.log.1")
    bed.write("c\n", to: "real/app.log")
    #expect(bed.drain() == ["b", "c"])
    bed.write("d\n", to: "real/app.log")
    bed.move("real/app.log", to: "real/app.log.2")
    bed.write("e\n", to: "real/app.log")
    bed.restart()
    #expect(bed.drain() == ["d", "e"])
  }

  @Test func manyMegabyteLineBeforeARotation() {
    let bed = IntakeBed(maxLineBytes: 1000)
    bed.write("a\n" + String(repeating: "x", count: 3_000_000))
    bed.drain()
    bed.move("access.log", to: "access.log.1")
    bed.write("b\n")
    #expect(bed.drain() == ["b"])
    bed.passQuietly()
    #expect(bed.storedTooLongCount == 1)
  }
}
