internal import CLinux
internal import Glibc

/// The memory of this process.
package enum ProcessMemory {
  /// Returns free heap memory to the system, including pages between allocations. After closing an hour of a thousand
  /// streams, that is as much as the streams take.
  package static func returnUnused() {
    malloc_trim(0)
  }
}
