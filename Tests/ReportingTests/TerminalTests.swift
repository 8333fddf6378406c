import Reporting
import Testing

private func style(
  terminal: Bool = false, color: Bool = false, utf8: Bool = true, columns: Int = 80
) -> TerminalStyle {
  var style = TerminalStyle()
  style.isTerminal = terminal
  style.hasColor = color
  style.isUTF8 = utf8
  style.columns = columns
  return style
}

// MARK: style

@Test(arguments: [
  (["LANG": "C.UTF-8"], true), (["LANG": "de_DE.utf8"], true), (["LANG": "C"], false), ([:], false),
  (["LANG": "C.UTF-8", "LC_ALL": "POSIX"], false), (["LC_CTYPE": "C.UTF-8", "LC_ALL": ""], true),
]) func localeTellsWhetherBlocksCanBeShown(environment: [String: String], isUTF8: Bool) {
  #expect(TerminalStyle(environment: environment, isTerminal: true, columns: 80).isUTF8 == isUTF8)
}

@Test func withoutUTF8EverythingIsASCII() {
  #expect(style(utf8: false).encoded("−0.16 – … ·▁ü") == "-0.16 - ... .??")
  #expect(style().encoded("−0.16") == "−0.16")
}

@Test(arguments: [
  ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false),
  (["NO_COLOR": ""], true, true), (["TERM": "dumb"], true, false),
]) func colorsAreForTerminalsThatWantThem(
  environment: [String: String], isTerminal: Bool, hasColor: Bool
) {
  let style = TerminalStyle(environment: environment, isTerminal: isTerminal, columns: nil)
  #expect(style.hasColor == hasColor)
}

// MARK: chart

private let chart = BarChart(
  bars: [(22, 0.95), (23, 0.02), (0, 0), (1, 0.11), (2, 0.5), (3, .nan), (4, 2)].map {
    .init(
      label: $0 < 10 ? "0\($0)" : "\($0)", value: $1,
      heading: $0 == 22 ? "Sun 29 Nov" : $0 == 0 ? "Mon 30 Nov" : nil)
  },
  threshold: 0.5)

@Test func barsStandOverTheirHoursAndDays() {
  #expect(
    chart.lines(style()) == [
      "100 │▆▆                ██",
      "    │██                ██",
      " 50 ┤██╌╌╌╌╌╌╌╌╌╌▄▄╌╌╌╌██",
      "    │██          ██    ██",
      "    │██ ▁▁    ▄▄ ██    ██",
      "  0 └────────────────────",
      "  %  95  2  0 11 50  - 99",
      "  h  22 23 00 01 02 03 04",
      "     Sun   Mon 30 Nov",
    ])
}

@Test func barsAreOfASCIIWhereNothingElseIsShown() {
  #expect(
    chart.lines(style(utf8: false)) == [
      "100 |::                ##",
      "    |##                ##",
      " 50 |##----------::----##",
      "    |##          ##    ##",
      "    |##       :: ##    ##",
      "  0 +--------------------",
      "  %  95  2  0 11 50  - 99",
      "  h  22 23 00 01 02 03 04",
      "     Sun   Mon 30 Nov",
    ])
}

@Test func barsThatDoNotFitStandBelow() {
  let lines = chart.lines(style(columns: 14))
  #expect(lines.filter { $0.hasPrefix("  h") } == ["  h  22 23", "  h  00 01", "  h  02 03 04"])
  #expect(lines.allSatisfy { $0.count <= 14 })
  // However narrow, there is room for one.
  #expect(chart.lines(style(columns: 1)).count { $0.hasPrefix("  h") } == 7)
}

@Test func barsAtTheThresholdAreColored() {
  let row = chart.lines(style(terminal: true, color: true))[3]
  #expect(
    row == "    │\u{1b}[33m██\u{1b}[0m          \u{1b}[33m██\u{1b}[0m    \u{1b}[33m██\u{1b}[0m")
}

@Test func withoutAThresholdThereIsNoLine() {
  let lines = BarChart(bars: chart.bars, threshold: nil).lines(style())
  #expect(lines[2] == "    │██          ▄▄    ██" && lines[0].hasPrefix("100 │"))
}

// MARK: progress

private func progress(_ style: TerminalStyle, _ steps: [(Double?, Double)]) -> String {
  let written = Written()
  var display = ProgressDisplay(style, write: { written.text += $0 })
  for (fraction, seconds) in steps {
    display.update("reading", fraction: fraction, nowSeconds: seconds)
  }
  display.finish("read 3 lines")
  return written.text
}

private final class Written {
  var text = ""
}

@Test func progressIsABarThatIsRedrawnOnATerminal() {
  #expect(
    progress(style(terminal: true), [(0, 0), (0.5, 0.2), (1.5, 0.4)])
      == "\r\u{1b}[K  0% ░░░░░░░░░░░░░░░░░░░░░░░░ reading"
      + "\r\u{1b}[K 50% ████████████░░░░░░░░░░░░ reading"
      + "\r\u{1b}[K100% ████████████████████████ reading" + "\r\u{1b}[Kread 3 lines\n")
}

@Test func progressIsALineNowAndThenElsewhere() {
  #expect(
    progress(style(), [(0, 0), (0.2, 9), (0.5, 11), (0.6, 20), (nil, 21)])
      == "reading 50%\nreading\nread 3 lines\n")
}

@Test func progressIsNotRedrawnAllTheTime() {
  #expect(
    progress(style(terminal: true, utf8: false), [(0, 0), (0.1, 0.05), (nil, 0.07)])
      == "\r\u{1b}[K  0% [........................] reading\r\u{1b}[Kread 3 lines\n")
}

@Test func progressNeverWraps() {
  #expect(
    progress(style(terminal: true, columns: 10), [(0, 0)])
      == "\r\u{1b}[K  0% ░░░░\r\u{1b}[Kread 3\n  lines\n")
}

// MARK: sentences

@Test func sentencesAreBrokenBetweenWords() {
  #expect(
    style(columns: 24).wrapped("  PROBLEM the disk is full, and nothing more is stored") == [
      "  PROBLEM the disk is", "    full, and nothing", "    more is stored",
    ])
  #expect(style(columns: 8).wrapped("averylongword and") == ["averylongword", "  and"])
  #expect(style(utf8: false).wrapped("−1 · 2") == ["-1 . 2"])
}

@Test func pipesAreAsWideAsIsAskedFor() {
  let style = TerminalStyle(environment: ["COLUMNS": "132"], isTerminal: false, columns: nil)
  #expect(style.columns == 132)
  #expect(style.breaksSentences)
  let plain = TerminalStyle(environment: [:], isTerminal: false, columns: 40)
  #expect(plain.columns == 80)
  let sentence = String(repeating: "word ", count: 40)
  #expect(plain.wrapped(sentence) == [sentence])
  var table = Table([.left("kind"), .sentence("message")])
  table.add(["upcoming", sentence])
  #expect(table.lines(plain) == ["kind      message", "upcoming  " + sentence])
  #expect(
    TerminalStyle(environment: ["COLUMNS": "132"], isTerminal: true, columns: 60).columns == 60)
}

// MARK: table

@Test func columnsAreAligned() {
  var table = Table([.left("stream"), .right("hours"), .left("why")])
  table.add(["web", "8760", "all of it"])
  table.add(["a much longer name", "7", ""])
  #expect(
    table.lines(style()) == [
      "stream              hours  why",
      "web                  8760  all of it",
      "a much longer name      7  ",
    ])
}

@Test func hostileCellsAreEscapedAndCut() {
  var table = Table([.left("", limit: 12), .right("")])
  table.add(["\u{1b}[2J\n", "1"])
  table.add(["Größenwahnsinnig", "2"])
  #expect(table.lines(style()) == [#"\x1b[2J\n  1"#, "Größenw…   2"])
  #expect(table.lines(style(utf8: false)) == [#"\x1b[2J\n   1"#, "Gr??enw...  2"])
}

@Test func columnsWithoutRoomAreLeftOutAndNamed() {
  var table = Table([
    .left("stream"), .right("loss").leftOut(1), .right("skill"), .right("Brier").leftOut(2),
  ])
  table.add(["web", "0.1", "0.7", "0.2"])
  #expect(
    table.lines(style(columns: 24)) == [
      "stream  loss  skill", "web      0.1    0.7", "(no room for: Brier)",
    ])
  #expect(
    table.lines(style(columns: 16)) == [
      "stream  skill", "web       0.7", "(no room for:", "  loss, Brier)",
    ])
  #expect(table.lines(style())[0] == "stream  loss  skill  Brier")
}

@Test func sentencesGoBelowWhereTheyHaveNoRoom() {
  var table = Table([.left("kind"), .sentence("message")])
  table.add(["upcoming", "A request is likely at Sat 09:00"])
  #expect(
    table.lines(style(columns: 24)) == [
      "kind", "upcoming", "    A request is likely", "      at Sat 09:00",
    ])
  #expect(table.lines(style())[1] == "upcoming  A request is likely at Sat 09:00")
}

@Test func theWidestTextIsCutLast() {
  var table = Table([.left("stream"), .right("hours")])
  table.add([String(repeating: "x", count: 40), "8760"])
  table.add(["web", "7"])
  let lines = table.lines(style(columns: 24))
  #expect(lines[1] == String(repeating: "x", count: 16) + "…   8760")
  #expect(lines.allSatisfy { $0.count <= 24 })
  // What is shown whole on purpose stays whole.
  var values = Table([.left("", limit: 1_024)])
  values.add([String(repeating: "x", count: 40)])
  #expect(values.lines(style(columns: 24))[0].count == 40)
}

@Test func headingsAreGrayOnATerminal() {
  var table = Table([.left("a"), .right("b")])
  table.add(["x", "10"])
  #expect(table.lines(style(color: true)) == ["\u{1b}[90ma   b\u{1b}[0m", "x  10"])
}
