internal import Glibc

/// Creates missing folders.
package enum NewFolder {
  /// - Throws: `SystemError`, with the folder that cannot be created.
  package static func make(_ path: String) throws(SystemError) {
    // If it is not a folder, opening a file in it will report that.
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    let missing = SystemError.last("make the folder", path: path)
    let above = PathPattern.split(path).directory
    guard missing.code == ENOENT, above != path else { throw missing }
    try make(above)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw .last("make the folder", path: path)
    }
  }
}
