import Records
import Replay
import Testing

struct HourlyTableTests {
  private static let start = 1_767_225_600
  private static let hour = start / 3_600

  @Test func countsOfAKeyAndHourAddUp() {
    var table = HourlyTable()
    let text = "key,hour_start_utc_epoch,count\na,\(Self.start),2\na,\(Self.start + 59),3\n"
    #expect(HourlyTable.isBeginning(text))
    table.add(text.split(separator: "\n"))
    table.add(1, of: "a", at: Self.hour)
    #expect(table.hours == [Self.hour: ["a": 6]])
    #expect(table.rejectedCount == 0)
  }

  @Test func keyMayHoldCommas() {
    var table = HourlyTable()
    table.add(["a,b,c,\(Self.start),1"])
    #expect(table.hours == [Self.hour: ["a,b,c": 1]])
  }

  /// Numbers that no log has are rows rejected, not a trap.
  @Test(arguments: [
    "a,9223372036854775807,1", "a,1767225600,9223372036854775807", "a,-1,1", "a,x,1",
    "a,1767225600,0", "1767225600,1", "",
  ])
  func impossibleRowIsRejected(row: String) {
    var table = HourlyTable()
    table.add([row[...]])
    #expect(table.hours.isEmpty && table.rejectedCount == 1)
  }

  @Test func batchesComeInTheOrderOfTheHours() {
    var table = HourlyTable()
    for offset in [2, 0, 1] { table.add(offset + 1, of: "a", at: Self.hour + offset) }
    let tallies = table.batches().flatMap { $0.segments.flatMap(\.tallies) }
    #expect(tallies.map(\.hour) == [Self.hour, Self.hour + 1, Self.hour + 2])
    #expect(tallies.map(\.count) == [1, 2, 3])
    #expect(tallies.allSatisfy { $0.key == "a" && Int($0.latest) / 3_600 == $0.hour })
  }
}
