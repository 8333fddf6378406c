import Glibc

// Not in the module map of glibc.
@_silgen_name("setfsuid") private func setfsuid(_ user: uid_t) -> CInt

/// Root may use every file; the file system's user of this thread is another while `body` runs.
package func asOrdinaryUser<Result>(_ body: () throws -> Result) rethrows -> Result {
  guard geteuid() == 0 else { return try body() }
  _ = setfsuid(65_534)
  defer { _ = setfsuid(0) }
  return try body()
}
