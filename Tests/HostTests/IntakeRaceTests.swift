import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// Goal: what the model test does one after the other is also correct concurrently. Method: a thread writes and rotates
/// as fast as it can while the tail reads, and is killed now and then.
@Suite("Intake races") struct IntakeRaceTests {
  static let seedCount =
    ProcessInfo.processInfo.environment["INTAKE_RACES"].flatMap { UInt64($0) } ?? 12

  private struct Writer: LogDirectory, Sendable {
    let directory: String

    func run(seed: UInt64, lineCount: Int) {
      var random = Chance(seed: seed)
      var number = 0
      while number < lineCount {
        let burst = min(lineCount - number, Int.random(in: 1...200, using: &random))
        write((number..<number + burst).map { "line \($0)\n" }.joined())
        number += burst
        guard Int.random(in: 0..<5, using: &random) == 0 else { continue }
        shift()
        if Bool.random(using: &random) {
          move("access.log", to: "access.log.1")
          // A writer that still has the rotated file open.
          if Bool.random(using: &random), number < lineCount {
            write("line \(number)\n", to: "access.log.1")
            number += 1
          }
        } else {
          copyTruncate()
        }
        if Bool.random(using: &random) { gzip("access.log.1") }
      }
    }

    private func shift() {
      for age in (1...60).reversed() {
        for suffix in ["", ".gz"] where access(path("access.log.\(age)\(suffix)"), F_OK) == 0 {
          move("access.log.\(age)\(suffix)", to: "access.log.\(age + 1)\(suffix)")
        }
      }
    }
  }

  @Test(arguments: 0..<IntakeRaceTests.seedCount) func everyLineOnceWhileItIsWritten(seed: UInt64) {
    let bed = IntakeBed()
    bed.drain()
    let writer = Writer(directory: bed.directory)
    let lineCount = 6000
    let thread = Thread { writer.run(seed: seed, lineCount: lineCount) }
    thread.start()
    var random = Chance(seed: seed)
    while !thread.isFinished {
      bed.refresh()
      for _ in 0..<Int.random(in: 0...3, using: &random) { bed.step() }
      if Int.random(in: 0..<20, using: &random) == 0 {
        bed.step(commits: false)
        bed.restart()
      }
    }
    bed.passQuietly()
    var counts = [Int](repeating: 0, count: lineCount)
    for line in bed.storedLines { counts[Int(line.dropFirst(5)) ?? 0] += 1 }
    let doubled = counts.indices.filter { counts[$0] > 1 }
    let lost = counts.indices.filter { counts[$0] == 0 }
    #expect(doubled.isEmpty, "lines \(doubled.first ?? 0) to \(doubled.last ?? 0)")
    #expect(lost.isEmpty, "lines \(lost.first ?? 0) to \(lost.last ?? 0)")
  }

  /// A program that keeps writing while its log is copied and truncated.
  private struct Rotator: LogDirectory, Sendable {
    let directory: String

    func run(seed: UInt64) {
      var random = Chance(seed: seed)
      for _ in 0..<6 {
        for age in (1...8).reversed() {
          for suffix in ["", ".gz"] where access(path("access.log.\(age)\(suffix)"), F_OK) == 0 {
            move("access.log.\(age)\(suffix)", to: "access.log.\(age + 1)\(suffix)")
          }
        }
        copyTruncate()
        if Bool.random(using: &random) { gzip("access.log.1") }
      }
    }
  }

  /// The remaining files show which lines the truncation destroyed: a line in one of them must be counted once, any
  /// other at most once.
  @Test(arguments: 0..<IntakeRaceTests.seedCount)
  func copyAndTruncationWhileLinesAreWritten(seed: UInt64) throws {
    let bed = IntakeBed()
    bed.write((0..<1000).map { "line \(1_000_000 + $0) end\n" }.joined())
    bed.drain()
    let rotator = Rotator(directory: bed.directory)
    let thread = Thread { rotator.run(seed: seed) }
    thread.start()
    var number = 1000
    while !thread.isFinished, number < 400_000 {
      bed.write((number..<number + 20).map { "line \(1_000_000 + $0) end\n" }.joined())
      number += 20
      if number.isMultiple(of: 60) { bed.refresh() }
      bed.step()
    }
    while !thread.isFinished { bed.drain() }
    bed.passQuietly()
    var counts: [Int: Int] = [:]
    for line in bed.storedLines.compactMap(Self.number) { counts[line, default: 0] += 1 }
    #expect(counts.values.allSatisfy { $0 == 1 }, "\(counts.count { $0.value > 1 }) lines doubled")
    let names = try FileManager.default.contentsOfDirectory(atPath: bed.directory)
    for name in names where name.hasSuffix(".gz") { bed.run("gunzip", name) }
    let left = try FileManager.default.contentsOfDirectory(atPath: bed.directory)
      .flatMap { try String(contentsOfFile: bed.path($0), encoding: .utf8).split(separator: "\n") }
      .compactMap { Self.number(String($0)) }
    #expect(left.allSatisfy { counts[$0] == 1 }, "\(left.count { counts[$0] == nil }) lines lost")
  }

  /// - Returns: Nil for a line that was cut.
  private static func number(_ line: String) -> Int? {
    line.count == 16 && line.hasSuffix(" end") ? Int(line.dropFirst(5).dropLast(4)) : nil
  }
}
