internal import Glibc
internal import Records

/// What prevents this user from reading a file, and which group could read it.
package struct FileAccess {
  /// The first folder of the path that cannot be entered, or the file itself.
  package let path: String
  package let errno: CInt
  /// The group that may read it; nil if there is none.
  package let group: String?

  package var isMissing: Bool { errno == ENOENT }

  /// - Parameter path: The path of a file; or a pattern, of which the folders before the first wildcard are checked.
  /// - Returns: Nil if nothing prevents it.
  package static func obstacle(to path: String) -> FileAccess? {
    var reached = path.hasPrefix("/") ? "/" : "."
    let components = path.split(separator: "/").map(String.init)
    for (index, component) in components.enumerated() {
      let isPattern = !NamePattern(Substring(component)).isLiteral
      // A folder must be searchable, and listable for a pattern.
      if access(reached, isPattern ? X_OK | R_OK : X_OK) != 0 { return of(reached, needs: 0o010) }
      if isPattern { return nil }
      reached = PathPattern.join(reached, component)
      if access(reached, F_OK) != 0 { return of(reached, needs: 0) }
      if index == components.count - 1, access(reached, R_OK) != 0 {
        return of(reached, needs: 0o040)
      }
    }
    return nil
  }

  /// Whether this user lacks the permission to reach a file, symbolic links included.
  package static func deniesAccess(to path: String) -> Bool {
    access(path, F_OK) != 0 && Glibc.errno == EACCES
  }

  /// - Returns: Its size in bytes, and when it was last written, in seconds since the epoch; nil if it cannot be
  ///   examined.
  package static func facts(of path: String) -> (size: Int64, modifiedSeconds: Int64)? {
    (try? FileStatus(path: path)).map { ($0.size, $0.modifiedSeconds) }
  }

  /// The paths that a path or pattern matches now.
  package static func matches(_ pattern: String) -> [String] {
    var matches = glob_t()
    defer { globfree(&matches) }
    guard glob(pattern, 0, nil, &matches) == 0 else { return [] }
    return (0..<Int(matches.gl_pathc)).compactMap {
      matches.gl_pathv[$0].map { String(cString: $0) }
    }
  }

  /// Must be called right after the access failed, because it reads `errno`.
  private static func of(_ path: String, needs permission: mode_t) -> FileAccess {
    let code = Glibc.errno
    var status = stat()
    guard permission != 0, stat(path, &status) == 0, status.st_mode & permission == permission,
      let entry = getgrgid(status.st_gid)
    else { return FileAccess(path: path, errno: code, group: nil) }
    return FileAccess(path: path, errno: code, group: String(cString: entry.pointee.gr_name))
  }

  /// How the service can be given access, if known.
  package var advice: String? {
    func isBelow(_ folder: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }
    if ["/home", "/root", "/run/user"].contains(where: isBelow) {
      return "the service sees no home folders (ProtectHome= in its unit)"
    }
    if ["/tmp", "/var/tmp"].contains(where: isBelow) {
      return "the service has a /tmp of its own (PrivateTmp= in its unit)"
    }
    guard let group, group != "root" else { return nil }
    // Inside the service's sandbox, groups that it is not a member of appear as `nogroup`.
    if group == "nogroup" {
      return
        "members of its group may: SupplementaryGroups=, with that group, in a drop-in of the unit"
    }
    return
      "members of the group \(group) may: SupplementaryGroups=\(group) in a drop-in of the unit"
  }
}
