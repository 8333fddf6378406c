import Host
import Testing

/// If the beginning of a file says how to read it, the source passes it on whenever it may have changed.
@Suite struct IntakeBeginningTests {
  @Test func beginningComesWithTheFirstLinesOnly() {
    let bed = IntakeBed(needsOutlines: true)
    bed.write("#head\na\n")
    bed.drain()
    bed.write("b\n")
    #expect(bed.drain() == ["b"])
    #expect(bed.beginnings == ["#head\na\n"])
  }

  @Test func beginningIsReadAgainAfterARestart() {
    let bed = IntakeBed(needsOutlines: true)
    bed.write("#head\na\n")
    bed.drain()
    bed.restart()
    bed.write("b\n")
    #expect(bed.drain() == ["b"])
    #expect(bed.beginnings.last == "#head\na\nb\n")
  }

  @Test func eachFileOfAPatternIsToldWhenItsTurnComes() {
    let bed = IntakeBed(["*.log"], needsOutlines: true)
    bed.write("#one\n", to: "1.log")
    bed.write("#two\n", to: "2.log")
    bed.drain()
    bed.write("a\n", to: "1.log")
    bed.drain()
    #expect(bed.beginnings == ["#one\n", "#two\n", "#one\na\n"])
  }

  @Test func compressedWhileDownKeepsItsBeginning() {
    let bed = IntakeBed(needsOutlines: true)
    bed.write("#head\na\n")
    bed.drain()
    bed.write("b\n")
    bed.move("access.log", to: "access.log.1")
    bed.gzip("access.log.1")
    bed.write("#next\nc\n")
    bed.restart()
    #expect(bed.drain() == ["b", "#next", "c"])
    #expect(bed.beginnings.suffix(2) == ["#head\na\nb\n", "#next\nc\n"])
  }

  @Test func truncatedFileIsReadFromItsBeginning() {
    let bed = IntakeBed(needsOutlines: true)
    bed.write("#head\na\n")
    bed.drain()
    bed.truncate("access.log")
    bed.drain()
    bed.write("#new\nb\n")
    #expect(bed.drain() == ["#new", "b"])
    #expect(bed.beginnings.last == "#new\nb\n")
  }
}
