import Foundation
import Host
import Records
import Reporting
import Settings

/// What a member says of itself, in `member.json` beside its status file; each partition's process has a status of its
/// own.
struct MemberStatus: Codable {
  var pid: Int
  var topic: String
  var group: String
  var partitions: [Int32]
  /// Why it is not in the group; nil if it is.
  var problem: String?

  private static let bytesMax = 1 << 20

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
    let shown = [topic, group, problem ?? ""].map { String(escapedForDisplay: $0, limit: 500) }
    guard isRunning else {
      return "the member of the group \(shown[1]) that shared \(shown[0]) is not running"
    }
    let beginning = "shares \(shown[0]) as a member of the group \(shown[1])"
    if problem != nil { return "\(beginning), and holds no partition: \(shown[2])" }
    return partitions.isEmpty
      ? "\(beginning), which has given it no partition"
      : "\(beginning), and is being given \(partitions.count) of its partitions"
  }
}
