internal import Glibc

/// A folder that is made where it is missing, with those above it.
package enum NewFolder {
  /// - Throws: `SystemError`, with the folder that cannot be made.
  package static func make(_ path: String) throws(SystemError) {
    // Should it be something else than a folder, whoever opens a file in it says so.
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
