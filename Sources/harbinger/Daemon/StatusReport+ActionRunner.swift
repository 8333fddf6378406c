import Alerts
import Reporting

extension StatusReport.Actions {
  init(_ actionRunner: borrowing ActionRunner) {
    self.init()
    done = actionRunner.doneCount
    failed = actionRunner.failedCount
    dropped = actionRunner.droppedCount
    waiting = actionRunner.waitingCount
    running = actionRunner.runningCount
    failures = Dictionary(
      uniqueKeysWithValues: actionRunner.failures.map { ($0.key.rawValue, $0.value) })
  }
}
