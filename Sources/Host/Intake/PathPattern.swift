import Glibc

/// A path or glob of the settings, and what the file system holds for it now.
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

  /// The pattern, and before it the file its symbolic link leads to: what is rotated is that, beside it.
  var withTarget: [PathPattern] {
    guard isLiteral, let target = resolvedPath(text), target != text else { return [self] }
    return [PathPattern(target), self]
  }

  private var root: String { text.hasPrefix("/") ? "/" : "." }

  /// A directory on the way to the files.
  struct Step: Hashable {
    var path: String
    /// Names that matter in it; nil: any.
    var name: String?
  }

  /// The directories that hold or may come to hold files of this pattern, and those above them, whose
  /// change of name would change what the pattern means.
  func directories(limit: Int) -> (holding: [String], above: [Step]) {
    var level = [root]
    var above: [Step] = []
    for component in directories {
      var next: [String] = []
      for parent in level.prefix(limit) {
        if component.isLiteral {
          let name = String(decoding: component.text, as: UTF8.self)
          above.append(Step(path: parent, name: name))
          next.append(Self.join(parent, name))
        } else {
          above.append(Step(path: parent, name: nil))
          let names = (try? DirectoryListing(parent).names) ?? []
          next += names.filter { component.matches($0) }.sorted().map { Self.join(parent, $0) }
        }
      }
      level = next.filter(Self.isDirectory)
    }
    return (level, above)
  }

  static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }

  static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = slash == path.startIndex ? "/" : String(path[..<slash])
    return (directory, String(path[path.index(after: slash)...]))
  }

  private static func isDirectory(_ path: String) -> Bool {
    var raw = stat()
    return stat(path, &raw) == 0 && raw.st_mode & S_IFMT == S_IFDIR
  }
}

/// The names in a directory, each with its inode.
struct DirectoryListing {
  private(set) var entries: [(name: String, inode: UInt64)] = []

  var names: [String] { entries.map(\.name) }

  init(_ path: String) throws(IntakeProblem) {
    guard let directory = opendir(path) else { throw .systemCall(path: path, errno: errno) }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let inode = UInt64(entry.pointee.d_ino)
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { entries.append((name, inode)) }
    }
  }
}

/// - Returns: The path without symbolic links; nil if nothing is there.
func resolvedPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
