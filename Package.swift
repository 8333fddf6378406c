// swift-tools-version: 6.2
import PackageDescription

// The targets stand in pipeline order: a line's way from bytes to an alert. `Tests/HouseTests` holds
// the imports to the arrows drawn here.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["Arithmetic", "TestSupport"], swiftSettings: settings)
}

let package = Package(
  name: "harbinger",
  products: [
    .executable(name: "harbinger", targets: ["harbinger"]),
    // For tests: preloaded into the program, it sets that program's clock.
    .library(name: "SetClock", type: .dynamic, targets: ["CSetClock"]),
    // For tests: preloaded into the program, it stops it at a known step of its work.
    .library(name: "PauseAtCall", type: .dynamic, targets: ["CPauseAtCall"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
  ],
  targets: [
    // What the machine already keeps well.
    .systemLibrary(name: "CLinux"),
    .systemLibrary(
      name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(
      name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(
      name: "CGcrypt", pkgConfig: "libgcrypt", providers: [.apt(["libgcrypt20-dev"])]),
    // These are loaded when they are needed, so nothing links them.
    .systemLibrary(name: "CISAL", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CMicroHTTPD", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CRdKafka", providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),

    // The pipeline: values only, no clock, no file, no third party.
    .target(name: "CByteSearch"),
    library("Arithmetic"),
    library("Records", ["Arithmetic", "CByteSearch"]),
    library("Series", ["Arithmetic", "Records"]),
    .target(name: "CNeuralKernels"),
    library("NeuralNet", ["Arithmetic", "CNeuralKernels"]),
    library("Alerts", ["Arithmetic", "Records"]),
    .target(
      name: "Forecasting", dependencies: ["Arithmetic", "Series", "NeuralNet", "Alerts"],
      resources: [.embedInCode("pretrained.weights")], swiftSettings: settings),
    library("Monitoring", ["Arithmetic", "Records", "Series", "Alerts", "Forecasting"]),

    // The machine around it.
    library(
      "Host",
      [
        "Arithmetic", "Records", "CLinux", "CSystemd", "CGcrypt", "CPCRE2", "CISAL", "CZlib",
        "CZstd", "CLZMA", "CMicroHTTPD", "CRdKafka",
      ]),
    library(
      "Storage",
      [
        "Arithmetic", "Records", "Series", "Alerts", "Forecasting", "Monitoring", "CZstd",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    // What the commands are made of: the settings file, reports, old logs and models in files.
    library(
      "Settings",
      [
        "Arithmetic", "Records", "Forecasting", "Monitoring", "Host",
        .product(name: "Yams", package: "Yams"),
      ]),
    library("Reporting", ["Arithmetic", "Records", "Series", "Forecasting", "Monitoring", "Host"]),
    library(
      "Replay",
      [
        "Arithmetic", "Records", "Alerts", "Forecasting", "Monitoring", "Host", "Storage",
        "Settings", "Reporting",
      ]),
    // A page about a state, for a browser.
    library(
      "HTMLReport",
      [
        "Arithmetic", "Records", "Series", "Alerts", "Forecasting", "Reporting",
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    library("Interchange", ["Records", "Series", "NeuralNet", "Forecasting", "Reporting"]),
    library("SampleLogs", ["Arithmetic", "Records", "NeuralNet"]),
    .executableTarget(
      name: "harbinger",
      dependencies: [
        "Arithmetic", "Records", "Series", "NeuralNet", "Alerts", "Forecasting", "Monitoring",
        "Host", "Storage", "Settings", "Reporting", "Replay", "HTMLReport", "Interchange",
        "SampleLogs", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // They measure and torture, and are no part of what is installed.
    .target(name: "CProcessorLimits"),
    .executableTarget(
      name: "Benchmark",
      dependencies: [
        "Arithmetic", "Records", "Series", "NeuralNet", "Forecasting", "Monitoring", "Host",
        "Storage", "CProcessorLimits",
      ],
      swiftSettings: settings),

    // Trains the network that the program brings.
    .executableTarget(
      name: "Pretraining",
      dependencies: [
        "Arithmetic", "Records", "Series", "NeuralNet", "Forecasting", "Host", "Settings", "Replay",
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "Torture", dependencies: ["Arithmetic", "Records", "Monitoring", "Storage"],
      swiftSettings: settings),

    .target(name: "CSetClock", path: "Tests/CSetClock", linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "CPauseAtCall", path: "Tests/CPauseAtCall", linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "TestSupport", dependencies: ["Arithmetic", "CLinux", "CRdKafka"],
      path: "Tests/TestSupport", swiftSettings: settings),
    tests("HouseTests", []),
    tests("BenchmarkTests", ["Benchmark"]),
    tests("ArithmeticTests", []),
    tests("RecordsTests", ["Records", "Host"]),
    tests("SeriesTests", ["Series", "Records"]),
    tests("NeuralNetTests", ["NeuralNet"]),
    tests("AlertsTests", ["Alerts", "Host"]),
    tests("ForecastingTests", ["Forecasting", "Alerts", "NeuralNet", "Series", "Records"]),
    tests(
      "MonitoringTests",
      ["Monitoring", "Storage", "Forecasting", "Alerts", "NeuralNet", "Series", "Records"]),
    tests("HostTests", ["Host", "Records"]),
    tests(
      "StorageTests",
      [
        "Storage", "Monitoring", "Forecasting", "Alerts", "Series", "Records",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests(
      "SettingsTests",
      [
        "Settings", "Host", "Records", "Forecasting", "Monitoring",
        .product(name: "Yams", package: "Yams"),
      ]),
    tests("ReportingTests", ["Reporting", "Records"]),
    tests(
      "ReplayTests",
      ["Replay", "SampleLogs", "Storage", "Monitoring", "Forecasting", "Alerts", "Records"]),
    tests("InterchangeTests", ["Interchange", "Forecasting", "NeuralNet", "Series"]),
    tests("SampleLogsTests", ["SampleLogs", "Records"]),
    tests(
      "CommandTests",
      [
        "harbinger", "Settings", "HTMLReport", "Reporting", "Storage", "Interchange", "Host",
        "Monitoring", "Forecasting", "Alerts", "Records",
      ]),
    tests(
      "EndToEndTests",
      [
        "harbinger", "HTMLReport", "Settings", "Reporting", "Replay", "Torture", "Interchange",
        "Storage", "Host", "Monitoring", "Forecasting", "Alerts", "NeuralNet", "Series", "Records",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
  ]
)
