package import Records

/// The open sources of a set of settings, in the order of the settings.
package struct SourceSet: ~Copyable {
  package let all: [any Source]
  private let files: FileTail
  private let wakeups = Wakeups()

  /// - Parameters:
  ///   - positions: Of files, as they were stored.
  ///   - cursors: Of the journal, as they were stored, by source and machine.
  ///   - old: Those of earlier settings. What a socket or standard input holds exists only once: where they
  ///     stay the same, they stay open.
  package init(
    _ sources: [SourceDescription], positions: [FilePosition],
    cursors: [String: [String: String]], reusing old: [any Source], nowSeconds: Double
  ) {
    let files = FileTail(sources, positions: positions, nowSeconds: nowSeconds)
    self.files = files
    all = sources.map { source in
      old.first { $0.takes(source) }
        ?? source.origin.open(
          source, SourceContext(cursors: cursors[source.name] ?? [:], files: files))
    }
    for (number, source) in all.enumerated() {
      source.attach(to: wakeups, as: number, nowSeconds: nowSeconds)
    }
  }

  /// Readable when something came.
  package var descriptors: [Int32] { [files.descriptor, wakeups.descriptor].filter { $0 >= 0 } }

  /// When to look again even if nothing comes.
  package var deadlineSeconds: Double? {
    (all.map(\.deadlineSeconds) + [files.deadlineSeconds]).compactMap { $0 }.min()
  }

  /// Takes note of what came.
  package func refresh(nowSeconds: Double) {
    files.refresh(nowSeconds: nowSeconds)
    let awake = Set(wakeups.take())
    for (number, source) in all.enumerated() {
      source.refresh(isAwake: awake.contains(number), nowSeconds: nowSeconds)
    }
  }

  /// Something may have happened to files that no descriptor tells of.
  package func rescanFiles() { files.rescanAll() }

  /// How often the kernel dropped events.
  package var overflowCount: Int { files.overflowCount }
}
