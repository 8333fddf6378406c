import Glibc

/// Seconds of processor time this thread has used: others on the machine do not count in it.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// Processor seconds of one `body`, when done `count` times.
func processorSeconds(count: Int = 1, _ body: () -> Void) -> Double {
  let start = processorSeconds()
  for _ in 0..<count { body() }
  return (processorSeconds() - start) / Double(count)
}
