internal import Foundation
package import Host

/// The settings of a member of a group whose partitions move, with their states, from one machine to another.
extension ServiceSettings {
  /// The topic that is shared with other members; nil if this is no such member.
  package var sharedTopic: KafkaTopic? {
    sources.lazy.compactMap(\.kafka).first { $0.stateTopic != nil }
  }

  /// The settings of the process that reads one partition: a source, a state and a status of its own.
  ///
  /// - Precondition: `sharedTopic` is not nil.
  package func ofPartition(_ number: Int32) -> ServiceSettings {
    var settings = self
    // The names of streams and the IDs of alerts contain that of the source, so those of partitions differ.
    settings.sources[0].name += "-\(number)"
    settings.sources[0].kafka?.stateTopic = nil
    settings.sources[0].kafka?.partition = number
    settings.statePath = Self.path(statePath, ofPartition: number)
    settings.statusPath = Self.path(statusPath, ofPartition: number)
    return settings
  }

  private static let folderPrefix = "partition-"

  private static func path(_ path: String, ofPartition number: Int32) -> String {
    let url = URL(filePath: path)
    return url.deletingLastPathComponent().appending(path: "\(folderPrefix)\(number)")
      .appending(path: url.lastPathComponent).path
  }

  /// These settings, or if the state is that of a partition of a member, those of its process.
  package func matching(statePath path: String) -> ServiceSettings {
    let folder = URL(filePath: path).deletingLastPathComponent().lastPathComponent
    guard sharedTopic != nil, let number = Self.partition(ofFolder: folder) else { return self }
    return ofPartition(number)
  }

  private static func partition(ofFolder name: String) -> Int32? {
    name.hasPrefix(folderPrefix) ? Int32(name.dropFirst(folderPrefix.count)) : nil
  }

  /// The files of the partitions that this machine holds, in their order, if the one of the path is that of a member.
  package static func paths(ofPartitionsOf path: String) -> [String] {
    let url = URL(filePath: path)
    let folder = url.deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.compactMap(partition).sorted().map { Self.path(path, ofPartition: $0) }
      .filter { FileManager.default.fileExists(atPath: $0) }
  }
}
