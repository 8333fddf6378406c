import Records

/// The files that a source's paths and globs match now, with the rotated files beside them.
struct SourceListing {
  /// One file, under the most relevant of its names.
  struct Candidate {
    var path: String
    var directory: String
    var name: RotatedName
    var status: FileStatus
    /// Whether a pattern of the settings matches it.
    var isNamed: Bool
    /// Whether it is named like a rotated file of a pattern. If neither is true, it is listed because its inode is
    /// known.
    var isSibling: Bool
    /// Whether the pattern that matches it is used for the first time.
    var isFirstSight: Bool

    init(
      path: String, directory: String, name: RotatedName, status: FileStatus, isNamed: Bool,
      isSibling: Bool, isFirstSight: Bool
    ) {
      self.path = path
      self.directory = directory
      self.name = name
      self.status = status
      self.isNamed = isNamed
      self.isSibling = isSibling
      self.isFirstSight = isFirstSight
    }

    /// The last known name of a file from an earlier run.
    init(_ position: FilePosition) {
      let (directory, name) = PathPattern.split(position.path)
      self.init(
        path: position.path, directory: directory, name: RotatedName(name),
        status: FileStatus(
          key: FileKey(device: position.identity.device, inode: position.identity.inode)),
        isNamed: false, isSibling: true, isFirstSight: false)
    }

    func isBetterName(than other: Self) -> Bool {
      isNamed != other.isNamed ? isNamed : isSibling && !other.isSibling
    }

    func isSameLineage(as other: Self) -> Bool {
      directory == other.directory && name.base == other.name.base
    }

    func isOlder(than other: Self) -> Bool {
      if directory != other.directory { return directory < other.directory }
      if name.base != other.name.base { return name.base < other.name.base }
      if let older = name.age.isOlder(than: other.name.age) { return older }
      let mine = (status.modifiedSeconds, status.modifiedNanoseconds)
      let theirs = (other.status.modifiedSeconds, other.status.modifiedNanoseconds)
      return mine == theirs ? path < other.path : mine < theirs
    }
  }

  /// Sorted by lineage, and oldest first within one.
  private(set) var candidates: [Candidate] = []
  private(set) var problems: [IntakeProblem] = []
  /// The directories that were listed completely.
  private(set) var listedDirectories: Set<String> = []

  private var indexByKey: [FileKey: Int] = [:]

  /// The most files that are followed; the oldest beyond it are not.
  static let maxFiles = 4096

  /// - Parameter knownInodes: Files with these inodes are listed under any name.
  init(patterns: [PathPattern], firstSeen: Set<String>, knownInodes: Set<UInt64>) {
    for pattern in patterns {
      var isFound = false
      let problemCount = problems.count
      for part in pattern.withTarget(&problems)
      where list(part, firstSeen.contains(pattern.text), knownInodes) {
        isFound = true
      }
      // A path that could not be examined is not reported as missing.
      if !isFound, problems.count == problemCount { problems.append(.missing(path: pattern.text)) }
    }
    candidates.sort { $0.isOlder(than: $1) }
    if candidates.count > Self.maxFiles {
      candidates.removeFirst(candidates.count - Self.maxFiles)
      problems.append(.tooManyFiles(limit: Self.maxFiles))
    }
  }

  /// The directories to watch, and the names of interest in each.
  ///
  /// - Parameter problems: Errors are added to it.
  static func directories(
    of patterns: [PathPattern], _ problems: inout [IntakeProblem]
  ) -> [String: DirectoryInterest] {
    var directories: [String: DirectoryInterest] = [:]
    // A change of any symbolic link on the path changes where it leads.
    for step in patterns.flatMap({ $0.linkSteps(&problems) }) {
      directories[step.path, default: DirectoryInterest()].add(step.name)
    }
    for pattern in patterns.flatMap({ $0.withTarget(&problems) }) {
      let (holding, above) = pattern.directories(limit: maxFiles, &problems)
      for step in above { directories[step.path, default: DirectoryInterest()].add(step.name) }
      for path in holding {
        directories[path, default: DirectoryInterest()].patterns.append(pattern.name)
      }
    }
    return directories
  }

  /// - Returns: Whether a file matches the pattern.
  private mutating func list(
    _ pattern: PathPattern, _ isFirstSight: Bool, _ knownInodes: Set<UInt64>
  ) -> Bool {
    var isFound = false
    for directory in pattern.directories(limit: Self.maxFiles, &problems).holding {
      var names: [(name: String, inode: UInt64)] = []
      do throws(IntakeProblem) {
        names = try DirectoryListing(directory).entries
        listedDirectories.insert(directory)
      } catch {
        if !problems.contains(error) { problems.append(error) }
        // A literal path can be opened without a listing.
        if pattern.isLiteral { names = [(pattern.name.text, 0)] }
      }
      let allNames = Set(names.map(\.name))
      for (name, inode) in names {
        let isNamed = pattern.name.matches(name)
        var rotated = RotatedName(name)
        // `web.1.log`, matched by `web.*.log`, is a separate log, unless there is a `web.log` of which it is a rotated
        // file.
        if isNamed, case .counter = rotated.age, !rotated.isCompressed,
          rotated.base.hasExtension(of: name),
          !allNames.contains(rotated.base)
        {
          rotated = RotatedName(ofLog: name)
        }
        let isSibling = rotated.isRotated && pattern.name.matches(rotated.base)
        guard isNamed || isSibling || knownInodes.contains(inode) else { continue }
        let path = PathPattern.join(directory, name)
        do throws(IntakeProblem) {
          let status = try FileStatus(path: path)
          add(
            Candidate(
              path: path, directory: directory, name: rotated, status: status, isNamed: isNamed,
              isSibling: isSibling, isFirstSight: isFirstSight))
          isFound = isFound || isNamed
        } catch {
          if isNamed { problems.append(error) } else { error.add(to: &problems) }
        }
      }
    }
    return isFound
  }

  /// Adds a file, once even if it has several names.
  private mutating func add(_ candidate: Candidate) {
    guard let index = indexByKey[candidate.status.key] else {
      indexByKey[candidate.status.key] = candidates.count
      candidates.append(candidate)
      return
    }
    let isFirstSight = candidates[index].isFirstSight && candidate.isFirstSight
    if candidate.isBetterName(than: candidates[index]) { candidates[index] = candidate }
    candidates[index].isFirstSight = isFirstSight
  }
}

/// The names in a directory whose changes affect a source.
struct DirectoryInterest {
  /// Files of these names, and their rotated files.
  var patterns: [NamePattern] = []
  private var names: Set<String> = []
  private var isAny = false

  mutating func add(_ name: String?) {
    if let name { names.insert(name) } else { isAny = true }
  }

  /// - Parameter name: Nil for the directory itself.
  func covers(_ name: String?) -> Bool {
    guard let name, !isAny, !names.contains(name) else { return true }
    let base = RotatedName(name).base
    return patterns.contains { $0.matches(name) || $0.matches(base) }
  }
}

extension String {
  /// Whether both names have the same extension, such as `.log`, so that the number is in the middle of one.
  fileprivate func hasExtension(of name: String) -> Bool {
    guard let dot = lastIndex(of: ".") else { return false }
    return name.hasSuffix(self[dot...])
  }
}
