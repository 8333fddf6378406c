import Glibc

/// A path or glob of the settings, and the directories and files that it currently matches.
struct PathPattern {
  let text: String
  let isLiteral: Bool
  /// All but the last component.
  private let directories: [NamePattern]
  let name: NamePattern

  init(_ text: String) {
    self.text = text
    let components = text.split(separator: "/").map { NamePattern($0) }
    directories = Array(components.dropLast())
    name = components.last ?? NamePattern("")
    isLiteral = components.allSatisfy(\.isLiteral)
  }

  /// The pattern and, before it, the target of its symbolic link: the target is what is rotated, in its own directory.
  func withTarget(_ problems: inout [IntakeProblem]) -> [PathPattern] {
    guard isLiteral, let target = resolvedPath(text, &problems), target != text else {
      return [self]
    }
    return [PathPattern(target), self]
  }

  private var root: String { text.hasPrefix("/") ? "/" : "." }

  /// A directory of the path to the files.
  struct Step: Hashable {
    var path: String
    /// The name of interest in it; nil for any.
    var name: String?
  }

  /// The directories that may hold files of this pattern, and the directories above them, in which a renamed entry
  /// changes what the pattern matches.
  ///
  /// - Parameter problems: Errors are added to it, except that a directory does not exist.
  func directories(
    limit: Int, _ problems: inout [IntakeProblem]
  ) -> (holding: [String], above: [Step]) {
    var level = [root]
    var above: [Step] = []
    for component in directories {
      var next: [String] = []
      for parent in level.prefix(limit) {
        if component.isLiteral {
          above.append(Step(path: parent, name: component.text))
          next.append(Self.join(parent, component.text))
        } else {
          above.append(Step(path: parent, name: nil))
          var names: [String] = []
          do throws(IntakeProblem) {
            names = try DirectoryListing(parent).names
          } catch {
            error.add(to: &problems)
          }
          next += names.filter { component.matches($0) }.sorted().map { Self.join(parent, $0) }
        }
      }
      level = next.filter { Self.isDirectory($0, &problems) }
    }
    return (level, above)
  }

  /// Each name by which a literal path is resolved, with its directory, through all symbolic links.
  func linkSteps(_ problems: inout [IntakeProblem]) -> [Step] {
    guard isLiteral else { return [] }
    var steps: [Step] = []
    var directory = root
    var rest = text.split(separator: "/").map(String.init)
    while !rest.isEmpty, steps.count < Self.linkStepsMax {
      let name = rest.removeFirst()
      if name == "." { continue }
      let path = Self.join(directory, name)
      guard name != ".." else {
        directory = resolvedPath(path, &problems) ?? Self.split(directory).directory
        continue
      }
      steps.append(Step(path: directory, name: name))
      guard let target = linkTarget(path, &problems) else {
        directory = path
        continue
      }
      if target.hasPrefix("/") { directory = "/" }
      rest = target.split(separator: "/").map(String.init) + rest
    }
    return steps
  }

  private static let linkStepsMax = 64

  static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = slash == path.startIndex ? "/" : String(path[..<slash])
    return (directory, String(path[path.index(after: slash)...]))
  }

  private static func isDirectory(_ path: String, _ problems: inout [IntakeProblem]) -> Bool {
    var raw = stat()
    guard path.withFileSystemPath({ stat($0, &raw) }) == 0 else {
      IntakeProblem.systemCall(path: path, errno: errno).add(to: &problems)
      return false
    }
    return raw.st_mode & S_IFMT == S_IFDIR
  }
}

/// The entries of a directory, each with its inode.
struct DirectoryListing {
  private(set) var entries: [(name: String, inode: UInt64)] = []

  var names: [String] { entries.map(\.name) }

  init(_ path: String) throws(IntakeProblem) {
    guard let directory = path.withFileSystemPath({ opendir($0) }) else {
      throw .systemCall(path: path, errno: errno)
    }
    defer { closedir(directory) }
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        // The listing is incomplete.
        guard errno == 0 else { throw .systemCall(path: path, errno: errno) }
        return
      }
      let inode = UInt64(entry.pointee.d_ino)
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(fileSystemBytes: $0.prefix { $0 != 0 })
      }
      if name != ".", name != ".." { entries.append((name, inode)) }
    }
  }
}

/// - Parameter problems: Errors are added to it, except that the path does not exist.
/// - Returns: The path without symbolic links; nil if it does not exist or cannot be resolved.
private func resolvedPath(_ path: String, _ problems: inout [IntakeProblem]) -> String? {
  errno = 0
  guard let resolved = resolvedPath(path) else {
    IntakeProblem.systemCall(path: path, errno: errno).add(to: &problems)
    return nil
  }
  return resolved
}

/// - Returns: The path without symbolic links; nil on failure, with `errno` set.
func resolvedPath(_ path: String) -> String? {
  guard let resolved = path.withFileSystemPath({ realpath($0, nil) }) else { return nil }
  defer { free(resolved) }
  return String(fileSystemBytes: UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
}

/// - Returns: The target of a symbolic link; nil for anything else.
private func linkTarget(_ path: String, _ problems: inout [IntakeProblem]) -> String? {
  var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = target.withUnsafeMutableBytes { buffer in
    path.withFileSystemPath {
      readlink($0, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }
  // EINVAL means that it is not a link.
  if count < 0, errno != EINVAL {
    IntakeProblem.systemCall(path: path, errno: errno).add(to: &problems)
  }
  return count > 0 ? String(fileSystemBytes: target.prefix(count)) : nil
}
