// swift-tools-version: 6.2
import PackageDescription

// The layout follows docs/architecture.md: Interop (C shims), Firmware (compiles as normal and as Embedded Swift), Host, Tools.
// `--traits Embedded` turns the firmware rooms into Embedded Swift; `SOTTO_ONLY=firmware` leaves out the host and the tools
// (and the packages they need), for people who work on the firmware alone.

let firmware: [SwiftSetting] = [
  .enableExperimentalFeature("Embedded", .when(traits: ["Embedded"])),
  .enableExperimentalFeature("Lifetimes"),
  .swiftLanguageMode(.v6),
]
let hosted: [SwiftSetting] = [.swiftLanguageMode(.v6)]

func interop(_ name: String, libraries: [String] = [], dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Interop/\(name)",
    cSettings: [.define("_GNU_SOURCE")],
    linkerSettings: libraries.map { .linkedLibrary($0) })
}

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Firmware/\(name)", swiftSettings: firmware)
}

func host(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Host/\(name)", swiftSettings: hosted)
}

func tool(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Tools/\(name)", swiftSettings: hosted)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/\(name)Tests",
    swiftSettings: hosted)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

var targets: [Target] = [
  interop("CLinux"),
  interop("CALSA", libraries: ["asound"]),
  interop("CV4L2"),
  interop("CImage", libraries: ["png", "jpeg"]),
  interop("CTLS", libraries: ["ssl", "crypto"]),
  interop("COpus", libraries: ["opus"]),
  interop("CSpeexDSP", libraries: ["speexdsp"]),
  interop("CText", libraries: ["fcft", "pixman-1"]),

  room("Units"),
  room("HAL", ["Units"]),
  room("Power", ["HAL", "Units"]),
  room("Engagement", ["HAL", "Units"]),
  room("Wake", ["HAL", "Units"]),
  room("Voice", ["HAL", "Units", "COpus"]),
  room("Overlay", ["HAL", "Units", "CText"]),
  room("Wire", ["HAL", "Units", "CTLS"]),
  room("Runtime", ["Units", "HAL", "Power", "Engagement", "Wake", "Voice", "Overlay", "Wire"]),
  room("SimBoard", ["Units", "HAL", "CLinux", "CALSA", "CV4L2", "CImage", "CSpeexDSP"]),
  .executableTarget(
    name: "sottod", dependencies: ["Units", "HAL", "Runtime", "SimBoard", "CLinux"], path: "Sources/Firmware/sottod",
    swiftSettings: firmware),

  tests("Units"),
  tests("HAL"),
  tests("Power"),
  tests("Engagement"),
  tests("Wake"),
  tests("Voice"),
  tests("Overlay"),
  tests("Wire"),
  tests("Runtime"),
  tests("SimBoard", ["CImage"]),
]
var products: [Product] = [.executable(name: "sottod", targets: ["sottod"])]
var dependencies: [Package.Dependency] = []

let only = Context.environment["SOTTO_ONLY"]

if only != "firmware" {
  dependencies = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ]
  products += [
    .executable(name: "sotto-host", targets: ["sotto-host"]),
    .executable(name: "sotto", targets: ["sotto"]),
  ]
  targets += [
    .systemLibrary(name: "CSherpa", path: "Sources/Interop/CSherpa", pkgConfig: "sherpa-onnx"),
    interop("CTesseract", libraries: ["tesseract", "lept"]),
    interop("CZBar", libraries: ["zbar"]),

    host(
      "Memory",
      [.product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log")]),
    host(
      "Assistant",
      ["Memory", "CSherpa", "CTesseract", "CZBar", "CImage", .product(name: "Logging", package: "swift-log")]),
    host(
      "HostLink",
      [
        "Units", "Wire", "Assistant", "COpus", "CSpeexDSP",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "sotto-host",
      dependencies: ["HostLink", "Assistant", "Memory", argumentParser, .product(name: "Logging", package: "swift-log")],
      path: "Sources/Host/sotto-host", swiftSettings: hosted),

    tool("BoardFile", [.product(name: "TOMLKit", package: "TOMLKit")]),
    tool(
      "Scenario",
      ["BoardFile", "Units", "HAL", "Wire", "Runtime", "SimBoard", "HostLink", "Assistant", "Memory",
        .product(name: "Yams", package: "Yams")]),
    .executableTarget(
      name: "sotto", dependencies: ["BoardFile", "Scenario", argumentParser], path: "Sources/Tools/sotto",
      swiftSettings: hosted),

    tests("Memory"),
    tests("Assistant", ["Memory"]),
    tests("HostLink", ["Assistant", "Wire"]),
    tests("BoardFile"),
    tests("Scenario"),
  ]
}

let package = Package(
  name: "sotto",
  products: products,
  traits: [.trait(name: "Embedded", description: "Compile the firmware rooms as Embedded Swift.")],
  dependencies: dependencies,
  targets: targets
)
