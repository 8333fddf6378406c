internal import CLinux
internal import Glibc

/// The memory of this process.
package enum ProcessMemory {
  /// Gives what is free back to the machine, also from between what is in use: after an hour's end of a thousand
  /// streams that is as much as they need.
  package static func returnUnused() {
    malloc_trim(0)
  }
}
