import Glibc
import Host
import TestSupport
import Testing

@Suite(.enabled(if: JournalFiles.isAvailable, "needs systemd-journal-remote"))
struct JournalUnitsTests {
  /// Goal: a unit's hours are counted, not its entries. Method: a real journal with a busy hour and a lone entry, and a
  /// unit that was active only outside the time span.
  @Test func hoursOfUnitsAreCounted() throws {
    let folder = try TemporaryFolder()
    let journal = JournalFiles(in: folder.url)
    mkdir(journal.directory, 0o755)
    let hour = 3_600
    func entries(_ count: Int, _ unit: String) -> [JournalFiles.Entry] {
      (0..<count).map { _ in .init(message: "x", unit: unit) }
    }
    try journal.append(entries(50, "busy.service"), from: 10)
    try journal.append(entries(1, "busy.service"), from: 2 * hour + 10)
    try journal.append(entries(1, "late.service"), from: 2 * hour + 20)
    try journal.append(entries(1, "gone.service"), from: 9 * hour)
    // 2026 began then, in hours.
    let start = 490_896
    let units = JournalUnits.active(
      JournalSelection(directory: journal.directory), hours: start..<start + 6)
    #expect(units.map(\.name) == ["busy.service", "late.service"])
    #expect(units.map(\.activeHours) == [2, 1])
  }

  @Test func journalThatIsNotThereHasNone() {
    #expect(JournalUnits.active(JournalSelection(directory: "/nowhere"), hours: 0..<10).isEmpty)
  }

  @Test func selectionSaysWhetherItHasEntries() throws {
    let folder = try TemporaryFolder()
    let journal = JournalFiles(in: folder.url)
    mkdir(journal.directory, 0o755)
    try journal.append([.init(message: "x", unit: "a.service")], from: 10)
    func selection(_ unit: String) -> JournalSelection {
      JournalSelection(
        matches: [.init(field: "_SYSTEMD_UNIT", values: [unit])], directory: journal.directory)
    }
    #expect(selection("a.service").hasEntry == true)
    #expect(selection("a").hasEntry == false)
    #expect(JournalSelection(directory: "/nowhere").hasEntry == nil)
  }
}
