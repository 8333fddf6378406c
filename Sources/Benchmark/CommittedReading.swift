import Glibc
import Host
import Monitoring
import Records
import Storage

/// Reads a log as the daemon does, and commits every count and position to a state file.
struct CommittedReading {
  private let path: String
  private let statePath: String

  init(of path: String) {
    self.path = path
    statePath = path + ".sqlite"
  }

  /// No forecasts are made: hours stay open because the source is never reported as drained.
  func seconds(expecting expected: [Int]) -> Double {
    defer { for suffix in ["", "-wal", "-shm"] { unlink(statePath + suffix) } }
    do {
      let state = try StateFile(path: statePath)
      var settings = MonitorSettings(sources: [.init(name: "log")])
      settings.graceSeconds = 1 << 40
      var monitor = Monitor(settings: settings)
      var parser = try RecordParser(
        settings: ParserSettings(),
        compilePattern: Pattern.compile)
      var tail = LogTail(
        sources: [
          TailSource(name: "log", paths: [path], start: .beginning, maxLineBytes: 65_536)
        ], positions: [], nowSeconds: 0)
      // Not timed: it happens once only, and its duration depends on the other files in the folder.
      tail.refresh(nowSeconds: 0)
      let start = processorSeconds()
      while tail.advance(source: 0) != nil {
        var batch = RecordBatch()
        parser.parse(tail.lines, now: .max, into: &batch)
        let positions = tail.takePositionChanges(source: 0)
        for effect in monitor.handle(.records(source: 0, batch: batch, positions: positions)) {
          if case .commit(let changes) = effect { try state.commit(changes) }
        }
      }
      for effect in monitor.handle(.stopping) {
        if case .commit(let changes) = effect { try state.commit(changes) }
      }
      let seconds = processorSeconds() - start
      let counts = try state.counts()
      precondition(
        counts.values.reduce(0, +) == expected.reduce(0, +),
        "counts differ from what was generated")
      return seconds
    } catch {
      preconditionFailure("the log cannot be read, or its state not be written: \(error)")
    }
  }
}
