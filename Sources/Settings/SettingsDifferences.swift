extension ServiceSettings {
  /// The changed settings, such as `alert.threshold: 0.5 → 0.6`.
  package func differences(from old: ServiceSettings) -> [String] {
    let before = Dictionary(old.effective.map { ($0.path, $0.value) }) { $1 }
    let after = Dictionary(effective.map { ($0.path, $0.value) }) { $1 }
    return Set(before.keys).union(after.keys).sorted().compactMap { path in
      before[path] == after[path]
        ? nil : "\(path): \(before[path] ?? "none") → \(after[path] ?? "none")"
    }
  }
}
