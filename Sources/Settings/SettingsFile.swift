/// A settings file, and which part of it a daemon works by.
package struct SettingsFile: Equatable, Sendable {
  package let path: String
  /// The partition that it reads for a member; nil for all of the settings.
  package let partition: Int32?

  package init(_ path: String, partition: Int32? = nil) {
    self.path = path
    self.partition = partition
  }

  /// Reads the file as it is now.
  package func read(_ reader: SettingsReader = .ofThisMachine) throws(BadSettings)
    -> ServiceSettings
  {
    let settings = try reader.read(path: path)
    guard let partition else { return settings }
    guard settings.sharedTopic != nil else {
      throw refusal(of: "no state_topic", expected: "that of the member that reads the topic")
    }
    return settings.ofPartition(partition)
  }

  /// Reads the file again, for a daemon that cannot become another one while it runs.
  ///
  /// - Parameter old: The settings that it works by.
  package func reread(
    _ old: ServiceSettings, _ reader: SettingsReader = .ofThisMachine
  ) throws(BadSettings) -> ServiceSettings {
    let settings = try read(reader)
    let isMoved = (settings.statePath, settings.statusPath) != (old.statePath, old.statusPath)
    guard settings.sharedTopic == old.sharedTopic,
      old.sharedTopic == nil || !isMoved && settings.sources[0].name == old.sources[0].name
    else {
      throw refusal(
        of: "another topic, name, state or status of a source with a state_topic",
        expected: "the same until a restart")
    }
    return settings
  }

  private func refusal(of found: String, expected: String) -> BadSettings {
    BadSettings(problems: [
      SettingsProblem(file: path, place: nil, key: "sources", found: found, expected: expected)
    ])
  }
}
