internal import Glibc
internal import Host
internal import Records

extension ServiceSettings {
  /// What is no mistake of the file, but may be one of the machine: logs that are not there, or that we may
  /// not read.
  ///
  /// - Parameters:
  ///   - file: The path of the settings file.
  ///   - places: Where the values stand in it.
  /// - Returns: One sentence each.
  package func warnings(file: String, places: [String: SettingsProblem.Place]) -> [SettingsProblem]
  {
    sources.enumerated().flatMap { sourceIndex, source in
      if let (key, problem) = source.obstacle {
        let path = "sources[\(sourceIndex)].\(key)"
        return [
          SettingsProblem(
            file: file, place: places[path], key: path,
            found: String(escapedForDisplay: problem.sentence, limit: 400),
            expected: "that this user can open it")
        ]
      }
      return source.files.enumerated().compactMap { index, pattern in
        let list = "sources[\(sourceIndex)].files"
        let key = places["\(list)[\(index)]"] == nil ? list : "\(list)[\(index)]"
        return warning(pattern).map { found, expected in
          SettingsProblem(
            file: file, place: places[key], key: key, found: found, expected: expected)
        }
      }
    }
  }

  private func warning(_ pattern: String) -> (found: String, expected: String)? {
    if pattern == "-" { return nil }
    var matches = glob_t()
    defer { globfree(&matches) }
    let shown = String(escapedForDisplay: pattern, limit: 200)
    guard glob(pattern, 0, nil, &matches) == 0, matches.gl_pathc > 0 else {
      // A path that a missing permission hides looks as one that is not there.
      return ("no file '\(shown)' yet", "it to come")
    }
    let unreadable = (0..<Int(matches.gl_pathc)).first { index in
      access(matches.gl_pathv[index]!, R_OK) != 0
    }
    return unreadable.map { index in
      let path = String(escapedForDisplay: String(cString: matches.gl_pathv[index]!), limit: 200)
      return ("'\(path)', which this user may not read", "permission to read it")
    }
  }
}

extension SourceSettings {
  /// What keeps this user from opening it; of files, it is said of each.
  fileprivate var obstacle: (key: String, problem: IntakeProblem)? {
    origins.lazy.compactMap { key, origin in origin?.obstacle.map { (key, $0) } }.first
  }
}
