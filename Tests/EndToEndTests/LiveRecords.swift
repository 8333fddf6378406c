import Foundation
import Synchronization
import TestSupport

/// Writes a record to each partition of a fleet's topic ten times a second, with the present time in it, on a thread of
/// its own.
final class LiveRecords: Sendable {
  private struct State {
    var isStopping = false
    var lines: [[String]]
  }

  private let state: Mutex<State>
  private let hasStopped = DispatchSemaphore(value: 0)

  init(to fleet: Fleet, partitionCount: Int) {
    state = Mutex(State(lines: Array(repeating: [], count: partitionCount)))
    let (topic, brokers) = (fleet.topic, fleet.cluster.brokers.joined(separator: ","))
    Thread.detachNewThread { [self] in
      let producer = KafkaCluster(named: brokers)
      while !state.withLock({ $0.isStopping }) {
        for partition in 0..<partitionCount {
          let line = DailyLog.now(count: 1)[0]
          producer.write([line], to: topic, partition: Int32(partition))
          state.withLock { $0.lines[partition].append(line) }
        }
        usleep(100_000)
      }
      hasStopped.signal()
    }
  }

  /// - Returns: What was written, by partition.
  func stop() -> [[String]] {
    state.withLock { $0.isStopping = true }
    hasStopped.wait()
    return state.withLock { $0.lines }
  }
}
