import Glibc

/// The seconds of processor time that this thread has used.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// The mean processor seconds of `body` over `count` calls.
func processorSeconds(count: Int = 1, _ body: () -> Void) -> Double {
  let start = processorSeconds()
  for _ in 0..<count { body() }
  return (processorSeconds() - start) / Double(count)
}
