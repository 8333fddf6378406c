import Foundation
import Host
import Records
import Reporting
import Settings

/// What a member says of itself, in `member.json` beside its status file; each partition's process has a status of its
/// own.
struct MemberStatus: Codable, Equatable {
  var pid: Int
  var topic: String
  var group: String
  var partitions: [Int32]
  /// Why it is not in the group, or does not hold what it was given; nil if it is and does.
  var problem: String?
  /// Why the records of some of its partitions are not counted.
  var failures: [Int: String]

  private static let bytesMax = 16 << 20
  private static let failuresShownMax = 5

  private static func path(beside statusPath: String) -> String {
    URL(filePath: statusPath).deletingLastPathComponent().appending(path: "member.json").path
  }

  /// - Throws: `SystemError` and others; the file is as before then.
  func write(_ settings: ServiceSettings) throws {
    try LockedState.makeFolder(of: settings.statusPath)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    try SmallFile.replace(
      Self.path(beside: settings.statusPath), with: bytes.span, mode: settings.statusMode,
      group: settings.statusGroup)
  }

  /// - Parameter statusPath: Where the member would have a status if it were no member.
  /// - Returns: Nil if no member has written any there.
  static func read(beside statusPath: String) -> MemberStatus? {
    // What cannot be read is as good as none: the caller says that there is no status.
    guard let bytes = try? SmallFile.read(path(beside: statusPath), limitBytes: bytesMax) else {
      return nil
    }
    return try? JSONDecoder().decode(MemberStatus.self, from: Data(bytes))
  }

  var isRunning: Bool { ProcessFacts.isRunning(pid) }

  var sentence: String {
    let shown = [topic, group].map { String(escapedForDisplay: $0, limit: 500) }
    guard isRunning else {
      return "the member of the group \(shown[1]) that shared \(shown[0]) is not running"
    }
    let numbers = partitions.map(String.init).joined(separator: ", ")
    let share =
      partitions.isEmpty
      ? "which has given it no partition"
      : "and holds partition\(partitions.count == 1 ? "" : "s") \(numbers)"
    let others = failures.count - Self.failuresShownMax
    let found =
      [problem].compactMap { $0 }
      + failures.sorted { $0.key < $1.key }.prefix(Self.failuresShownMax)
      .map { "partition \($0.key) is not counted: \($0.value)" }
      + (others > 0 ? ["nor are \(others) others"] : [])
    let beginning = "shares \(shown[0]) as a member of the group \(shown[1]), \(share)"
    return ([beginning] + found.map { String(escapedForDisplay: $0, limit: 500) })
      .joined(separator: "; ")
  }
}
