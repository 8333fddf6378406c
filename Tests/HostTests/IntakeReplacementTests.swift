import Foundation
import Glibc
import Testing

/// Goal: a log keeps its position if its name leads to another file with the same content: because of an editor, rsync,
/// a changed link or a mount.
@Suite("Intake replacements") struct IntakeReplacementTests {
  private func lines(_ range: Range<Int>) -> [String] {
    range.map { "request number \($0) of this log" }
  }

  private func text(_ range: Range<Int>) -> String { lines(range).map { $0 + "\n" }.joined() }

  private func replace(_ text: String, in bed: IntakeBed) {
    bed.write(text, to: "temporary")
    bed.move("temporary", to: "access.log")
  }

  @Test func lineChangedBeforeOurPlaceIsNotNewNorAreTheOthers() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    replace(text(0..<500).replacing("number 200 of", with: "number two hundred of"), in: bed)
    #expect(bed.drain() == [])
    bed.write(text(500..<510))
    #expect(bed.drain() == lines(500..<510))
    bed.passQuietly()
    #expect(bed.storedLines.count == 510)
  }

  @Test func oldLinesMayBeRemoved() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    replace(text(400..<505), in: bed)
    #expect(bed.drain() == lines(500..<505))
    bed.passQuietly()
    #expect(bed.storedLines.count == 505)
  }

  @Test func ofSeveralReplacementsTheLastWasReadFurthest() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    for end in [600, 700, 800] {
      replace(text(0..<end), in: bed)
      #expect(bed.drain() == lines(end - 100..<end))
    }
    bed.restart()
    #expect(bed.drain() == [])
  }

  @Test func newContentIsNew() {
    let bed = IntakeBed()
    bed.write(text(0..<500))
    bed.drain()
    replace(text(1000..<1500), in: bed)
    bed.drain()
    bed.passQuietly()
    #expect(bed.storedLines.count == 1000)
  }

  /// The copy is first seen empty.
  @Test func copyUnderAPatternIsNotNew() {
    let bed = IntakeBed(["access.log*"])
    bed.write(text(0..<500))
    bed.drain()
    bed.write("", to: "access.log.bak")
    #expect(bed.drain() == [])
    bed.write(text(0..<500), to: "access.log.bak")
    #expect(bed.drain() == [])
    bed.write(text(500..<510))
    #expect(bed.drain() == lines(500..<510))
  }

  @Test func emptyLogUnderAPatternIsReadWhenItHasLines() {
    let bed = IntakeBed(["*.log"])
    bed.write(text(0..<500))
    bed.drain()
    bed.write("", to: "other.log")
    bed.drain()
    bed.write("a\n", to: "other.log")
    #expect(bed.drain() == ["a"])
  }

  /// If a program writes the same lines into each new log, they count each time.
  @Test func sameLinesAfterARotationAreNew() {
    let bed = IntakeBed()
    for round in 1...5 {
      bed.write(text(0..<20))
      #expect(bed.drain() == lines(0..<20))
      bed.move("access.log", to: "access.log.\(round)")
      bed.write("")
      bed.drain()
    }
    #expect(bed.storedLines.count == 100)
  }

  /// `b/cur` is switched from `c0` to `c1`, as a deployment does.
  @Test func linkInTheMiddleOfAPathIsFollowed() throws {
    let bed = IntakeBed()
    for name in ["b", "c0", "c1"] { bed.makeDirectory(name) }
    #expect(symlink("../c0", bed.path("b/cur")) == 0)
    #expect(symlink("b/cur/log", bed.path("access.log")) == 0)
    bed.write(text(0..<5), to: "c0/log")
    #expect(bed.drain() == lines(0..<5))
    bed.write(text(5..<10), to: "c1/log")
    #expect(symlink("../c1", bed.path("b/new")) == 0)
    bed.move("b/new", to: "b/cur")
    #expect(bed.drain() == lines(5..<10))
  }

  // MARK: - Names

  @Test func numberInTheMiddleOfANameIsNoRotation() {
    let bed = IntakeBed(["web.*.log"])
    for name in ["web.1.log", "web.2.log", "web.9.log"] { bed.write("a\n", to: name) }
    #expect(bed.drain().count == 3)
    bed.passQuietly(40)
    for name in ["web.1.log", "web.2.log", "web.9.log"] { bed.write("b\n", to: name) }
    #expect(bed.drain() == ["b", "b", "b"])
  }

  @Test func nameThatIsNotUTF8IsRead() {
    let bed = IntakeBed(["*.log"])
    let name: [UInt8] = Array(bed.path("a").utf8) + [0xff, 0xe4] + Array(".log".utf8)
    func append(_ text: String) {
      let descriptor = (name + [0]).withUnsafeBytes {
        open(
          $0.baseAddress!.assumingMemoryBound(to: CChar.self), O_WRONLY | O_APPEND | O_CREAT, 0o644)
      }
      IntakeBed.write(text, to: descriptor)
      close(descriptor)
    }
    append("a\n")
    #expect(bed.drain() == ["a"])
    append("b\n")
    #expect(bed.drain() == ["b"])
    bed.restart()
    append("c\n")
    #expect(bed.drain() == ["c"])
    #expect(bed.problems == [])
  }

  /// svlogd, multilog and s6-log.
  @Test func namesWithATAITimeAreRotationsOfCurrent() {
    let bed = IntakeBed(["current"])
    bed.write(text(0..<10), to: "current")
    bed.drain()
    bed.write(text(10..<20), to: "current")
    bed.move("current", to: "@400000006b093640398f7f1c.s")
    bed.write(text(20..<30), to: "current")
    bed.move("current", to: "@400000006b0936503b1e7004.u")
    bed.write(text(30..<40), to: "current")
    bed.restart()
    #expect(bed.drain() == lines(10..<40))
  }

  // MARK: - Compressed logs

  /// nginx with `gzip=` adds a member at each flush.
  @Test func logThatGrowsByMembersIsFollowed() throws {
    let bed = IntakeBed(["access.log.gz"])
    func append(_ text: String) throws {
      bed.write(text, to: "member")
      bed.gzip("member")
      let bytes = try #require(FileManager.default.contents(atPath: bed.path("member.gz")))
      bed.write(bytes: Array(bytes), to: "access.log.gz")
      bed.remove("member.gz")
    }
    try append("a\nb\n")
    #expect(bed.drain() == ["a", "b"])
    try append("c\n")
    bed.drain()
    bed.passQuietly(3)
    #expect(bed.storedLines == ["a", "b", "c"])
    // A line over two members.
    try append("d")
    bed.passQuietly(3)
    try append("e\nf\n")
    bed.passQuietly(3)
    #expect(bed.storedLines == ["a", "b", "c", "de", "f"])
    bed.restart()
    try append("g\n")
    bed.drain()
    bed.passQuietly(3)
    #expect(bed.storedLines == ["a", "b", "c", "de", "f", "g"])
  }

  /// The deleted file was read to its end.
  @Test func knownFileThatIsGoneIsNoProblem() {
    let bed = IntakeBed()
    bed.write(text(0..<10))
    bed.drain()
    bed.write(text(10..<12))
    bed.remove("access.log")
    for number in 0..<8 { bed.write("", to: "other\(number)") }
    bed.write(text(20..<30))
    bed.restart()
    #expect(bed.drain() == lines(20..<30))
    #expect(bed.problems == [])
  }
}
