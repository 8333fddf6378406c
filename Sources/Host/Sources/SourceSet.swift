package import Records

/// The open sources, in the order of the settings.
package struct SourceSet: ~Copyable {
  package let all: [any Source]
  private let files: FileTail
  private let wakeups = Wakeups()

  /// - Parameters:
  ///   - positions: The stored positions of files.
  ///   - cursors: The stored cursors of other sources, by source and, for the journal, machine.
  ///   - old: The sources of earlier settings. Sockets and standard input are reused if they stay the same, because
  ///     their pending data exists only once.
  package init(
    _ sources: [SourceDescription], positions: [FilePosition],
    cursors: [String: [String: String]], reusing old: [any Source], nowSeconds: Double
  ) {
    let files = FileTail(sources, positions: positions, nowSeconds: nowSeconds)
    self.files = files
    all = sources.map { source in
      old.first { $0.reconfigure(source) }
        ?? source.origin.open(
          source, SourceContext(cursors: cursors[source.name] ?? [:], files: files))
    }
    for (number, source) in all.enumerated() {
      source.attach(to: wakeups, as: number, nowSeconds: nowSeconds)
    }
  }

  /// Readable when a source has news.
  package var descriptors: [Int32] { [files.descriptor, wakeups.descriptor].filter { $0 >= 0 } }

  /// When `refresh` must be called even if no descriptor is readable.
  package var deadlineSeconds: Double? {
    (all.map(\.deadlineSeconds) + [files.deadlineSeconds]).compactMap { $0 }.min()
  }

  /// Processes the events since the last call.
  package func refresh(nowSeconds: Double) {
    files.refresh(nowSeconds: nowSeconds)
    let awake = Set(wakeups.take())
    for (number, source) in all.enumerated() {
      source.refresh(isAwake: awake.contains(number), nowSeconds: nowSeconds)
    }
  }

  /// Scans all files at the next `refresh`, after changes that no descriptor reports.
  package func rescanFiles() { files.rescanAll() }

  /// How often the kernel dropped events.
  package var overflowCount: Int { files.overflowCount }
}
