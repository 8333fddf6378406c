extension ServiceSettings {
  /// The changed settings, such as `alert.threshold: 0.5 → 0.6`; sources by their names, such as `source web: added`.
  package func differences(from old: ServiceSettings) -> [String] {
    let before = old.valuesByPath
    let after = valuesByPath
    let (oldNames, newNames) = (Set(old.sources.map(\.name)), Set(sources.map(\.name)))
    let changes = Set(before.keys).union(after.keys).sorted().compactMap { path in
      before[path] == after[path]
        ? nil : "\(path): \(before[path] ?? "none") → \(after[path] ?? "none")"
    }
    return oldNames.subtracting(newNames).sorted().map { "source \($0): removed" }
      + newNames.subtracting(oldNames).sorted().map { "source \($0): added" }
      + changes.filter { change in
        !oldNames.symmetricDifference(newNames).contains { change.hasPrefix("source \($0) ") }
      }
  }

  /// The values in effect; those of a source under its name, not its number.
  private var valuesByPath: [String: String] {
    Dictionary(
      effective.map { setting in
        for (index, source) in sources.enumerated() {
          let place = "sources[\(index)]."
          guard setting.path.hasPrefix(place) else { continue }
          return ("source \(source.name) \(setting.path.dropFirst(place.count))", setting.value)
        }
        return (setting.path, setting.value)
      }
    ) { $1 }
  }
}
