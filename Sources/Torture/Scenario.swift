import Arithmetic

/// One situation in which a log is hard to follow.
struct Scenario: Sendable {
  let name: String
  /// The followed path or pattern, relative to the folder of the logs.
  var pattern = "access.log"
  /// Whether the readers are stopped and started again, which excludes readers that store no position.
  var endsReaders = false
  /// Whether an empty log exists when the readers start.
  var logIsThere = true
  var needs = Needs.nothing
  let play: @Sendable (inout Stage) throws -> Void

  init(
    _ name: String, pattern: String = "access.log", endsReaders: Bool = false,
    logIsThere: Bool = true, needs: Needs = .nothing,
    play: @escaping @Sendable (inout Stage) throws -> Void
  ) {
    self.name = name
    self.pattern = pattern
    self.endsReaders = endsReaders
    self.logIsThere = logIsThere
    self.needs = needs
    self.play = play
  }

  func isFor(_ kind: Reader.Kind) -> Bool {
    switch kind {
    case .harbinger: true
    case _ where needs != .nothing && !needs.isTool: false
    case .rsyslog: true
    // tail follows one name only, and stores no position.
    case .tail: !endsReaders && !pattern.contains("*")
    case .mtail: !endsReaders
    }
  }

  /// All scenarios.
  static var all: [Scenario] {
    plain + rotations + compressions + interruptions + oddities + troubles + realTools
      + busyWriters
  }
}

// MARK: - Writing and rotating

extension Scenario {
  private static let plain = [
    Scenario("steady") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { try $0.write(seconds: 0.5, to: pen) }
    },
    Scenario("bursts") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 500...8_000), to: pen)
        stage.wait(stage.moment(0.4))
      }
    },
    Scenario("out-of-order") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burstOutOfOrder(200, to: pen)
        stage.wait(stage.moment(0.1))
      }
    },
    Scenario("pieces") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.writeInPieces(to: pen)
        try stage.burst(20, to: pen)
      }
    },
    Scenario("crlf") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(30, to: pen, lineEnd: "\r\n")
        stage.wait(stage.moment(0.05))
      }
    },
  ]

  private static let rotations = [
    Scenario("rename-create") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.4), to: pen)
        try stage.rotate()
        pen = try Pen(stage.log)
      }
    },
    Scenario("rename-create-burst") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(4_000, to: pen)
        try stage.rotate()
        pen = try Pen(stage.log)
        stage.wait(stage.moment(0.4))
      }
    },
    Scenario("rename-late-reopen") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.5), to: pen)
        try stage.rotate()
        try stage.write(seconds: stage.moment(1.5), to: pen)
        pen = try Pen(stage.log)
      }
    },
    Scenario("two-writers") { stage in
      var (first, second) = (try Pen(stage.log), try Pen(stage.log))
      try stage.rounds { stage in
        try stage.write(stage.moment(0.5), alternatingBetween: [first, second])
        try stage.rotate()
        first = try Pen(stage.log)
        try stage.write(stage.moment(1), alternatingBetween: [first, second])
        second = try Pen(stage.log)
      }
    },
    Scenario("dated-names") { stage in
      var pen = try Pen(stage.log)
      var day = 20_260_101
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.4), to: pen)
        try stage.move(stage.log, to: "\(stage.log)-\(day)")
        day += 1
        pen = try Pen(stage.log)
      }
    },
    Scenario("chain-faster-than-read") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        stage.freeze(true)
        for _ in 0..<4 {
          try stage.write(seconds: 0.1, to: pen)
          try stage.rotate()
          pen = try Pen(stage.log)
        }
        stage.freeze(false)
        try stage.write(seconds: stage.moment(0.6), to: pen)
      }
    },
    Scenario("copytruncate") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.6), to: pen)
        try stage.copyTruncate()
      }
    },
    Scenario("copytruncate-burst") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 1...4_000), to: pen)
        try stage.copyTruncate()
        // The file often grows past the old position before the reader looks.
        try stage.burst(stage.chance.integer(in: 1...4_000), to: pen)
        stage.wait(stage.moment(0.5))
      }
    },
    Scenario("truncate-regrow") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(stage.chance.integer(in: 10...1_000), to: pen)
        stage.waitUntilRead()
        try shell(": > '\(stage.log)'")
        try stage.burst(stage.chance.integer(in: 10...3_000), to: pen)
      }
    },
    Scenario("delete-create") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.4), to: pen)
        stage.waitUntilRead()
        // The inode is free at once, and often reused for the new file.
        try shell("rm '\(stage.log)'")
        pen = try Pen(stage.log)
      }
    },
    Scenario("symlink-switched", logIsThere: false) { stage in
      var number = 0
      var pen = try Pen("\(stage.log).\(number).real")
      try shell("ln -s '\(stage.log).0.real' '\(stage.log)'")
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.5), to: pen)
        number += 1
        pen = try Pen("\(stage.log).\(number).real")
        try shell(
          "ln -s '\(stage.log).\(number).real' '\(stage.log).new'; mv -T '\(stage.log).new' '\(stage.log)'"
        )
      }
    },
    Scenario("hard-links") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.5), to: pen)
        try stage.shift()
        try shell("ln '\(stage.log)' '\(stage.log).1'; rm '\(stage.log)'")
        pen = try Pen(stage.log)
      }
    },
    Scenario("unfinished-before-rotation") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(50, to: pen)
        try stage.writeUnfinished(to: pen)
        try stage.rotate()
        pen = try Pen(stage.log)
        stage.wait(0.3)
      }
    },
  ]
}

// MARK: - Compressing

extension Scenario {
  private static let compressions = [
    ("gzip", ".gz"), ("zstd -q --rm", ".zst"), ("xz", ".xz"),
  ].flatMap { command, suffix in
    [
      Scenario("compressed-at-once\(suffix)") { stage in
        var pen = try Pen(stage.log)
        try stage.rounds { stage in
          try stage.write(seconds: stage.moment(0.4), to: pen)
          try stage.burst(stage.chance.integer(in: 1...3_000), to: pen)
          try stage.rotate(compressingWith: command, suffix: suffix)
          pen = try Pen(stage.log)
        }
      },
      Scenario("compressed-while-down\(suffix)", endsReaders: true) { stage in
        var pen = try Pen(stage.log)
        try stage.rounds { stage in
          try stage.write(seconds: stage.moment(0.5), to: pen)
          stage.end(stage.chance.integer(in: 0...1) == 0 ? Signal.terminate : Signal.kill)
          for _ in 0..<stage.chance.integer(in: 1...3) {
            try stage.burst(stage.chance.integer(in: 1...1_000), to: pen)
            try stage.rotate(compressingWith: command, suffix: suffix)
            pen = try Pen(stage.log)
          }
          try stage.burst(100, to: pen)
          try stage.start()
          stage.wait(stage.moment(0.5))
        }
      },
    ]
  }
}

// MARK: - Ending the readers

extension Scenario {
  private static let interruptions = [
    Scenario("rotations-while-down", endsReaders: true) { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.5), to: pen)
        stage.end(Signal.terminate)
        for _ in 0..<stage.chance.integer(in: 1...4) {
          try stage.write(seconds: 0.1, to: pen)
          try stage.rotate()
          pen = try Pen(stage.log)
        }
        try stage.start()
        stage.wait(stage.moment(0.5))
      }
    },
    Scenario("killed-while-written", endsReaders: true) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.2), to: pen)
        stage.end(Signal.kill)
        try stage.start()
      }
    },
    Scenario("killed-while-rotated", endsReaders: true) { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.2), to: pen)
        try stage.rotate()
        stage.wait(stage.moment(0.005))
        stage.end(Signal.kill)
        pen = try Pen(stage.log)
        try stage.start()
      }
    },
    Scenario("killed-while-copytruncated", endsReaders: true) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.3), to: pen)
        try stage.copyTruncate()
        stage.wait(stage.moment(0.005))
        stage.end(Signal.kill)
        try stage.burst(stage.chance.integer(in: 1...300), to: pen)
        try stage.start()
      }
    },
    Scenario("terminated-while-written", endsReaders: true) { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.3), to: pen)
        stage.end(Signal.terminate)
        try stage.start()
      }
    },
  ]
}

// MARK: - Names and contents that are out of the ordinary

extension Scenario {
  private static let oddities = [
    Scenario("appears-later", pattern: "later/access.log", logIsThere: false) { stage in
      stage.wait(0.5)
      try shell("mkdir '\(stage.folderOfLog)'")
      stage.wait(stage.moment(0.3))
      let pen = try Pen(stage.log)
      try stage.rounds { try $0.write(seconds: 0.5, to: pen) }
    },
    Scenario("glob-coming-and-going", pattern: "*.log", logIsThere: false) { stage in
      var number = 0
      try stage.rounds { stage in
        let path = "\(stage.folderOfLog)/\(number).log"
        let pen = try Pen(path)
        try stage.write(seconds: stage.moment(0.4), to: pen)
        stage.waitUntilRead()
        if stage.chance.integer(in: 0...2) > 0 { try shell("rm '\(path)'") }
        number += 1
      }
    },
    Scenario("same-beginnings", pattern: "*.log", logIsThere: false) { stage in
      // Longer than the fingerprint of a file.
      let beginning = String(repeating: "# the same in all of them\n", count: 400)
      var number = 0
      try stage.rounds { stage in
        let pen = try Pen("\(stage.folderOfLog)/\(number).log")
        try pen.write(beginning)
        try stage.write(seconds: stage.moment(0.4), to: pen)
        number += 1
      }
    },
    Scenario("empty-files") { stage in
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        for _ in 0..<3 {
          try stage.rotate()
          pen = try Pen(stage.log)
        }
        stage.wait(stage.moment(0.1))
        try stage.write(seconds: stage.moment(0.2), to: pen)
      }
    },
    Scenario("garbage-between") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(50, to: pen)
        let garbage = stage.chance.bytes(count: stage.chance.integer(in: 1...5_000))
        try pen.write(garbage + [0, 0, 0xff, UInt8(ascii: "\n")])
        try stage.burst(20, to: pen)
        stage.wait(stage.moment(0.05))
      }
    },
    Scenario("lines-of-megabytes") { stage in
      let pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.burst(50, to: pen)
        let length = stage.chance.integer(in: 1 << 20...16 << 20)
        try pen.write([UInt8](repeating: UInt8(ascii: "x"), count: length) + [UInt8(ascii: "\n")])
        try stage.burst(50, to: pen)
        stage.wait(stage.moment(0.3))
      }
    },
    Scenario("directory-moved") { stage in
      var number = 0
      var pen = try Pen(stage.log)
      try stage.rounds { stage in
        try stage.write(seconds: stage.moment(0.5), to: pen)
        number += 1
        try stage.move(stage.folderOfLog, to: "\(stage.folderOfLog).\(number)")
        try shell("mkdir '\(stage.folderOfLog)'")
        pen = try Pen(stage.log)
        stage.wait(stage.moment(0.3))
      }
    },
  ]
}
