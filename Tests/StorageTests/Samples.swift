import Alerts
import Arithmetic
import Forecasting
import Monitoring
import Records
import Storage
import TestSupport

/// A state file in a folder of its own.
struct Shelf {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  var path: String { folder.path("state.sqlite") }

  func open() throws -> StateFile { try StateFile(path: path) }
}

extension Changes {
  static func counts(_ counts: [(stream: String, hour: Int, requests: Int)]) -> Changes {
    var changes = Changes()
    for (stream, hour, requests) in counts {
      changes.counts[Count(stream: stream, hour: hour)] = requests
    }
    changes.memory = [1, 2, 3]
    return changes
  }

  /// Changes with an entry of every kind.
  static var full: Changes {
    var changes = counts([("web", 500_000, 3), ("web", 500_007, 1), ("größe \u{1F4C8}", -3, 9)])
    changes.streams = [
      "web": LearnedStream(bytes: [0, 255, 7]), "größe \u{1F4C8}": LearnedStream(bytes: []),
    ]
    changes.positions = PositionChanges(
      updated: [.sample(inode: 1), .sample(inode: 2)], cursors: ["journal": ["": "s=1;i=2"]])
    changes.forecasts = [
      // Such as can be stored exactly.
      Origin(
        stream: "web", hour: 500_007,
        probabilities: [0.5, 0, 1] + [-19_000, -900, 12_345].map { sigmoid($0 / 1_365) })
    ]
    changes.alerts = [.sample(hour: 500_009), .stall]
    changes.reports = [
      TrainingReport(number: 1, reason: .scheduled, isFull: true, endHour: 500_004)
    ]
    return changes
  }
}

extension Changes.Origin {
  /// Whether these are the probabilities, to four digits.
  func isNear(_ others: [Double]) -> Bool {
    probabilities.count == others.count
      && zip(probabilities, others).allSatisfy { abs($0 - $1) <= 4e-4 * $1 }
  }
}

extension FilePosition {
  static func sample(inode: UInt64, offset: Int64 = 100) -> FilePosition {
    FilePosition(
      source: "web", path: "/var/log/a b.log",
      identity: FileIdentity(
        device: .max, inode: inode, fingerprintLength: 4_096, fingerprint: .max - inode),
      offset: offset, recentFingerprint: inode % 2 == 0 ? nil : 1 << 63)
  }
}

extension Alert {
  static let stall = Alert(
    .stalledSource, about: .source("web"), hour: 500_012,
    facts: Facts(bits: 20.5, hoursSilent: 7))

  static func sample(kind: AlertKind = .upcoming, hour: Int) -> Alert {
    Alert(
      kind: kind, stream: "web", origin: hour - 2, hour: hour, probability: 0.81,
      threshold: 0.5, bits: kind == .silence ? 10.5 : nil, hoursSilent: kind == .silence ? 7 : nil)
  }
}
