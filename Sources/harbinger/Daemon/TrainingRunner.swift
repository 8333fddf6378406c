import Forecasting
import Host

/// Runs training jobs on a thread of their own, one at a time, and forgets those of a session that is gone.
struct TrainingRunner: ~Copyable {
  private var thread: BackgroundThread<TrainingOutcome>
  /// Waits for a thread that works for a session that is gone.
  private var waiting: TrainingJob?
  private var isStale = false
  private let time: TimeSource

  init(time: TimeSource) throws(SystemError) {
    thread = try BackgroundThread()
    self.time = time
  }

  /// Readable when a job is done.
  var descriptor: Int32 { thread.descriptor }

  /// - Throws: `SystemError`, if there is no thread to be had; the job is not run.
  mutating func start(_ job: TrainingJob) throws(SystemError) {
    guard !thread.isBusy else {
      waiting = job
      return
    }
    let time = time
    try thread.start {
      let start = time.monotonicMicroseconds()
      var outcome = job.run()
      outcome.report.durationSeconds = Double(time.monotonicMicroseconds() - start) / 1e6
      return outcome
    }
  }

  /// - Returns: The job's result; nil if none is done, or if it was of a session that is gone.
  mutating func takeOutcome() -> TrainingOutcome? {
    guard let outcome = thread.take() else { return nil }
    defer { isStale = false }
    return isStale ? nil : outcome
  }

  /// - Returns: The job that waited, if it can be started now.
  mutating func takeWaiting() -> TrainingJob? {
    guard !thread.isBusy else { return nil }
    defer { waiting = nil }
    return waiting
  }

  /// The session that asked for jobs is gone.
  mutating func forgetJobs() {
    isStale = thread.isBusy
    waiting = nil
  }
}
