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
          above.append(Step(path: parent, name: component.text))
          next.append(Self.join(parent, component.text))
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

  /// The names that a literal path is looked up by, in whichever directories its symbolic links lead to.
  var linkSteps: [Step] {
    guard isLiteral else { return [] }
    var steps: [Step] = []
    var directory = root
    var rest = text.split(separator: "/").map(String.init)
    while !rest.isEmpty, steps.count < Self.linkStepsMax {
      let name = rest.removeFirst()
      if name == "." { continue }
      let path = Self.join(directory, name)
      guard name != ".." else {
        directory = resolvedPath(path) ?? Self.split(directory).directory
        continue
      }
      steps.append(Step(path: directory, name: name))
      guard let target = linkTarget(path) else {
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

  private static func isDirectory(_ path: String) -> Bool {
    var raw = stat()
    return path.withFileSystemPath { stat($0, &raw) } == 0 && raw.st_mode & S_IFMT == S_IFDIR
  }
}

/// The names in a directory, each with its inode.
struct DirectoryListing {
  private(set) var entries: [(name: String, inode: UInt64)] = []

  var names: [String] { entries.map(\.name) }

  init(_ path: String) throws(IntakeProblem) {
    guard let directory = path.withFileSystemPath({ opendir($0) }) else {
      throw .systemCall(path: path, errno: errno)
    }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let inode = UInt64(entry.pointee.d_ino)
      let name = withUnsafeBytes(of: &entry.pointee.d_name) {
        String(fileSystemBytes: $0.prefix { $0 != 0 })
      }
      if name != ".", name != ".." { entries.append((name, inode)) }
    }
  }
}

/// - Returns: The path without symbolic links; nil if nothing is there.
func resolvedPath(_ path: String) -> String? {
  guard let resolved = path.withFileSystemPath({ realpath($0, nil) }) else { return nil }
  defer { free(resolved) }
  return String(fileSystemBytes: UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
}

/// - Returns: What a symbolic link says; nil for anything else.
private func linkTarget(_ path: String) -> String? {
  var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = target.withUnsafeMutableBytes { buffer in
    path.withFileSystemPath {
      readlink($0, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
    }
  }
  return count > 0 ? String(fileSystemBytes: target.prefix(count)) : nil
}
