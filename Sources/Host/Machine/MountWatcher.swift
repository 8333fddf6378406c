internal import Glibc

/// Detects that a file system is mounted or unmounted, which inotify does not report.
///
/// - Source: proc(5), `/proc/[pid]/mountinfo`: poll(2) reports each change as POLLPRI.
package struct MountWatcher: ~Copyable {
  /// To be polled with `events`; −1 if the file cannot be opened.
  package let descriptor: Int32
  package static let events = POLLPRI

  package init() { descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
