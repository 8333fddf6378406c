/// Selects the entries of the systemd journal that belong to a source.
package struct JournalSelection: SourceOrigin, Equatable {
  /// A field that must have one of these values.
  package struct Match: Equatable, Sendable {
    package var field: String
    package var values: [String]

    package init(field: String, values: [String]) {
      self.field = field
      self.values = values
    }
  }

  /// An entry must meet all of these.
  package var matches: [Match]
  /// A directory of journal files, such as that of `systemd-journal-remote`; nil for this machine's journal.
  package var directory: String?

  package init(matches: [Match] = [], directory: String? = nil) {
    self.matches = matches
    self.directory = directory
  }

  package func open(_ source: SourceDescription, _ context: SourceContext) -> any Source {
    JournalFeed(source: source, selection: self, cursors: context.cursors)
  }

  package var obstacle: IntakeProblem? { JournalAccess.problem(self) }

  /// Whether the journal has a matching entry; nil if it cannot be read.
  package var hasEntry: Bool? {
    try? {
      let reader = try JournalReader(self, maxValueBytes: 0)
      try reader.select(matches)
      return try reader.seekNewest()
    }()
  }
}
