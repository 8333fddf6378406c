internal import Glibc

/// Says when a file system is mounted or unmounted, which inotify does not announce.
///
/// - Source: proc(5), `/proc/[pid]/mountinfo`: poll(2) reports each change as POLLPRI.
package struct MountWatcher: ~Copyable {
  /// To be waited for with `events`; −1 where there is no such file.
  package let descriptor: Int32
  package static let events = POLLPRI

  package init() { descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
