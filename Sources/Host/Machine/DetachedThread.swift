internal import CLinux
internal import Glibc

/// Runs work on a new, detached thread.
///
/// The work must not share mutable state with other threads, except through types that are made for it.
func startThread(_ work: @escaping () -> Void) throws(SystemError) {
  let task = Unmanaged.passRetained(Work(work))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { task in
      Unmanaged<Work>.fromOpaque(task!).takeRetainedValue().run()
      return nil
    }, task.toOpaque())
  if code != 0 {
    task.release()
    throw SystemError("start a thread", code: code)
  }
  pthread_detach(thread)
}

private final class Work {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}

/// The number of processors that this process may run on.
func usableProcessorCount() -> Int {
  var set = cpu_set_t()
  guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else { return 1 }
  return withUnsafeBytes(of: set) { $0.reduce(0) { $0 + $1.nonzeroBitCount } }
}
