import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// What the machine refuses: permissions, watches, descriptors, queue space.
@Suite("Intake limits") struct IntakeLimitTests {
  @Test func droppedEventsLoseNoLine() {
    let bed = IntakeBed(["*.log"])
    bed.write("a\n", to: "a.log")
    bed.write("b\n", to: "b.log")
    bed.drain()
    let files = ["a.log", "b.log"].map { open(bed.path($0), O_WRONLY | O_APPEND) }
    defer { for file in files { close(file) } }
    // Events of one file in a row are merged; those of two in turn fill the queue.
    for number in 0..<20_000 { IntakeBed.write("\(number)\n", to: files[number % 2]) }
    bed.move("a.log", to: "a.log.1")
    bed.write("c\n", to: "a.log")
    #expect(bed.drain().count == 20_001)
    #expect(bed.tail.overflowCount == 1)
    bed.write("d\n", to: "a.log")
    #expect(bed.drain() == ["d"])
  }

  @Test func withoutWatchesFilesAreScannedAndItSaysSo() {
    let bed = IntakeBed(maxWatches: 0)
    bed.write("a\n")
    #expect(bed.drain() == ["a"])
    #expect(bed.problems.contains(.watchesExhausted))
    bed.write("b\n")
    bed.move("access.log", to: "access.log.1")
    bed.write("c\n")
    let deadline = bed.tail.deadlineSeconds ?? .infinity
    #expect(deadline <= bed.nowSeconds + LogTail.scanIntervalSeconds)
    bed.advanceClock(deadline - bed.nowSeconds)
    #expect(bed.drain() == ["b", "c"])
  }

  @Test func watchesAreTakenAgainWhenThereAreSome() {
    let bed = IntakeBed(["*.log"], maxWatches: 5)
    for name in ["a", "b", "c", "d", "e"] { bed.write("1\n", to: name + ".log") }
    #expect(bed.drain().count == 5)
    #expect(bed.problems == [.watchesExhausted])
    for name in ["a", "b", "c"] { bed.remove(name + ".log") }
    bed.passQuietly()
    #expect(bed.problems == [])
    bed.write("2\n", to: "e.log")
    #expect(bed.drain() == ["2"])
    #expect(bed.tail.deadlineSeconds.map { $0 > bed.nowSeconds + 10 } ?? true)
  }

  @Test func moreFilesThanMayBeOpen() {
    let bed = IntakeBed(["*.log"], maxOpenFiles: 3)
    let names = (10..<40).map { "\($0).log" }
    for name in names { bed.write("1 \(name)\n", to: name) }
    #expect(bed.drain() == names.map { "1 \($0)" })
    for name in names { bed.write("2 \(name)\n", to: name) }
    bed.move("12.log", to: "12.log.1")
    bed.write("3\n", to: "12.log")
    #expect(bed.drain().sorted() == (names.map { "2 \($0)" } + ["3"]).sorted())
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func permissionLostAndRegained() {
    let bed = IntakeBed()
    chmod(bed.directory, 0o755)
    bed.write("a\n")
    asOrdinaryUser { #expect(bed.drain() == ["a"]) }
    bed.write("b\n")
    bed.restart()
    chmod(bed.path("access.log"), 0)
    asOrdinaryUser {
      #expect(bed.drain() == [])
      #expect(bed.problems == [.systemCall(path: bed.path("access.log"), errno: EACCES)])
    }
    chmod(bed.path("access.log"), 0o644)
    asOrdinaryUser {
      #expect(bed.drain() == ["b"])
      #expect(bed.problems == [])
    }
  }

  @Test func idleTailWaitsForNothing() {
    let bed = IntakeBed()
    bed.write("a\n")
    bed.drain()
    #expect(bed.tail.deadlineSeconds == nil)
    bed.move("access.log", to: "access.log.1")
    bed.write("b\n")
    bed.drain()
    bed.passQuietly()
    #expect(bed.tail.deadlineSeconds == nil)
  }

  @Test func directoryInPlaceOfALogIsReportedUntilItIsReplaced() {
    let bed = IntakeBed()
    bed.makeDirectory("access.log")
    bed.drain()
    #expect(bed.problems.contains(.notRegular(path: bed.path("access.log"))))
    rmdir(bed.path("access.log"))
    bed.write("a\n")
    #expect(bed.drain() == ["a"])
    #expect(bed.problems == [])
  }

  /// Goal: where more logs are empty than may be open, reading ends, and goes on with what comes. Method: all are rotated
  /// and compressed before the reader looks, so that copies of them wait.
  @Test func moreEmptyLogsThanMayBeOpenAreReadToTheEnd() {
    let bed = IntakeBed(["*.log"], maxOpenFiles: 3)
    let names = (0..<8).map { "\($0).log" }
    for name in names {
      bed.write("\(name) first, which is as long as a line of a log\n", to: name)
    }
    #expect(bed.drain().count == 8)
    for name in names {
      bed.write("second\n", to: name)
      bed.move(name, to: "\(name).1")
      bed.gzip("\(name).1")
      bed.write("", to: name)
    }
    // A chunk for each file with a line, and no more calls than that.
    bed.refresh()
    var count = 0
    while bed.step(), count < 100 { count += 1 }
    #expect(count < 100)
    bed.passQuietly()
    #expect(bed.storedLines.filter { $0 == "second" }.count == 8)
    for name in names { bed.write("third\n", to: name) }
    bed.drain()
    #expect(bed.storedLines.filter { $0 == "third" }.count == 8)
    #expect(bed.storedLines.count == 24)
  }
}
