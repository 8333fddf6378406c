import Testing

/// What a target may import. `Darwin` stands beside `Glibc` where a file builds on either.
private struct Arrows: Sendable {
  var ours: Set<String> = []
  var machine: Set<String> = []
  var thirdParty: Set<String> = []

  var all: Set<String> { ours.union(machine).union(thirdParty) }
}

private let machineOfPipeline: Set = ["Glibc", "Darwin", "Synchronization"]

/// The table of the design. Wider in one place: whoever names a member of a type imports its module, so
/// `Storage` and the executable name those they store or show.
private let arrows: [String: Arrows] = [
  "Arithmetic": Arrows(machine: machineOfPipeline),
  "Records": Arrows(ours: ["Arithmetic", "CByteSearch"], machine: machineOfPipeline),
  "Series": Arrows(ours: ["Arithmetic", "Records"], machine: machineOfPipeline),
  "NeuralNet": Arrows(ours: ["Arithmetic", "CNeuralKernels"], machine: machineOfPipeline),
  "Alerts": Arrows(ours: ["Arithmetic", "Records"], machine: machineOfPipeline),
  "Forecasting": Arrows(
    ours: ["Arithmetic", "Series", "NeuralNet", "Alerts"], machine: machineOfPipeline),
  "Monitoring": Arrows(
    ours: ["Arithmetic", "Records", "Series", "Alerts", "Forecasting"],
    machine: machineOfPipeline),
  "Host": Arrows(
    ours: ["Arithmetic", "Records"], machine: ["Glibc", "Synchronization"],
    thirdParty: [
      "CLinux", "CSystemd", "CGcrypt", "CPCRE2", "CISAL", "CZlib", "CZstd", "CLZMA", "CMicroHTTPD",
      "CRdKafka",
    ]),
  "Storage": Arrows(
    ours: ["Arithmetic", "Records", "Series", "Alerts", "Forecasting", "Monitoring"],
    machine: ["Glibc", "Foundation", "Synchronization"], thirdParty: ["GRDB", "CZstd"]),
  "Settings": Arrows(
    ours: ["Arithmetic", "Records", "Forecasting", "Monitoring", "Host"],
    machine: ["Glibc", "Foundation"], thirdParty: ["Yams"]),
  "Reporting": Arrows(
    ours: ["Arithmetic", "Records", "Series", "Forecasting", "Monitoring", "Host"],
    machine: ["Glibc", "Foundation"]),
  "Replay": Arrows(
    ours: [
      "Arithmetic", "Records", "Alerts", "Forecasting", "Monitoring", "Host", "Storage",
      "Settings", "Reporting",
    ],
    machine: ["Foundation"]),
  "HTMLReport": Arrows(
    ours: ["Arithmetic", "Records", "Series", "Alerts", "Forecasting", "Reporting"],
    thirdParty: ["Mustache"]),
  "Interchange": Arrows(
    ours: ["Records", "Series", "NeuralNet", "Forecasting", "Reporting"],
    machine: ["Foundation"]),
  "SampleLogs": Arrows(ours: ["Arithmetic", "Records", "NeuralNet"]),
  "harbinger": Arrows(
    ours: [
      "Arithmetic", "Records", "Series", "NeuralNet", "Alerts", "Forecasting", "Monitoring",
      "Host", "Storage", "Settings", "Reporting", "Replay", "HTMLReport", "Interchange",
      "SampleLogs",
    ],
    machine: ["Glibc", "Foundation"], thirdParty: ["ArgumentParser"]),
  // Measures network and intake against their peers; no part of the program.
  "Benchmark": Arrows(
    ours: [
      "Arithmetic", "Records", "Series", "NeuralNet", "Forecasting", "Monitoring", "Host",
      "Storage", "CProcessorLimits",
    ], machine: ["Glibc"]),
  // Trains the network that the program brings.
  "Pretraining": Arrows(
    ours: [
      "Arithmetic", "Records", "Series", "NeuralNet", "Forecasting", "Host", "Settings", "Replay",
    ], machine: ["Glibc"]),
  // Writes logs under faults and reads the state to see what was counted; no part of the program either.
  "Torture": Arrows(
    ours: ["Arithmetic", "Records", "Monitoring", "Storage"], machine: ["Glibc", "Foundation"]),
]

private let pipeline: Set = [
  "Arithmetic", "Records", "Series", "NeuralNet", "Alerts", "Forecasting", "Monitoring",
]

@Test(arguments: SourceTree.swiftFiles)
func importsFollowTheTable(file: SourceTree.File) {
  let allowed = arrows[file.target]?.all ?? []
  #expect(Set(file.imports).subtracting(allowed).sorted() == [])
}

@Test func everyTargetStandsInTheTable() {
  let systemLibraries = Set(arrows.values.flatMap(\.thirdParty))
  let ownC: Set = ["CByteSearch", "CNeuralKernels", "CProcessorLimits"]
  let known = Set(arrows.keys).union(systemLibraries).union(ownC)
  #expect(Set(SourceTree.targets).subtracting(known).sorted() == [])
}

@Test func nothingImportsTheExecutable() {
  #expect(SourceTree.swiftFiles.filter { $0.imports.contains("harbinger") }.map(\.path) == [])
}

@Test func pipelineTargetsImportNoThirdParty() {
  #expect(pipeline.allSatisfy { arrows[$0]?.thirdParty == [] })
}

@Test func everyThirdPartyLibraryHasOneFolder() {
  for library in Set(arrows.values.flatMap(\.thirdParty)) {
    let importers = Set(
      SourceTree.swiftFiles.filter { $0.imports.contains(library) }.map(\.target))
    // Logs are read by it, and the state is written.
    let homes = library == "CZstd" ? 2 : 1
    #expect(importers.count == homes, "\(library) is imported by \(importers.sorted())")
  }
}

@Test(arguments: SourceTree.swiftFiles.filter { pipeline.contains($0.target) })
func pipelineReadsNoClockAndOpensNoFile(file: SourceTree.File) {
  let forbidden = [
    "Date(", "print(", "fopen(", "open(", "time(", "clock_gettime(", "gettimeofday(",
    "FileManager", "getenv(", "ContinuousClock", "SuspendingClock", "Task.sleep", "readLine(",
    "SystemRandomNumberGenerator",
  ]
  for (number, line) in file.code.enumerated() {
    for call in forbidden {
      // Only the function itself: not a method, not a name that ends the same way.
      let uses = line.ranges(of: call).contains { range in
        guard range.lowerBound > line.startIndex else { return true }
        let before = line[line.index(before: range.lowerBound)]
        return !(before.isLetter || before.isNumber || before == "_" || before == ".")
      }
      let declares = line.contains("func \(call)")
      #expect(!uses || declares, "\(file.path):\(number + 1) uses \(call)")
    }
  }
}

/// `random(in:)` without a generator is chance that no seed replays.
@Test(arguments: SourceTree.swiftFiles.filter { pipeline.contains($0.target) })
func pipelineTakesChanceOnlyFromASeed(file: SourceTree.File) {
  let calls = [".random(", ".shuffle(", ".shuffled(", ".randomElement("]
  let unseeded = file.code.enumerated().filter { _, line in
    calls.contains { line.contains($0) } && !line.contains("using:")
  }
  #expect(unseeded.map { "\(file.path):\($0.offset + 1)" } == [])
}
