// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The layout follows docs/architecture.md: Interop (C shims), Firmware (compiles as normal and as Embedded Swift), Host, Tools.
// `--traits Embedded` turns the firmware rooms into Embedded Swift; `SOTTO_ONLY=firmware` leaves out the host and the tools
// (and the packages they need), for people who work on the firmware alone. `SOTTO_STRICT=1` makes every warning in our own
// targets an error, as `tools/test` does. docs/firmware-build.md says how the arm64 binary is made.

let only = Context.environment["SOTTO_ONLY"]
let strict = Context.environment["SOTTO_STRICT"] == "1"

let hosted: [SwiftSetting] = [.swiftLanguageMode(.v6)] + (strict ? [.treatAllWarnings(as: .error)] : [])

// Flags instead of `.enableExperimentalFeature`, which Swift 6.3's package manager hands to the link of every program, with or
// without the trait, so that a normal program would not find its standard library. The image that ships is optimised for size.
let embedded = ["-enable-experimental-feature", "Embedded"]
let firmware: [SwiftSetting] =
  hosted + [
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(embedded, .when(traits: ["Embedded"])),
    .unsafeFlags(["-Osize", "-Xfrontend", "-function-sections"], .when(configuration: .release, traits: ["Embedded"])),
  ]

/// How `sottod` links in Embedded Swift. String equality needs the toolchain's table of Unicode properties, which the compiler
/// driver does not add by itself; its place follows from where `swift` is. `SOTTO_FIRMWARE_ARCH` names another target than
/// this machine (`tools/firmware` sets it).
let embeddedLink: [LinkerSetting] = {
  let triples = ["amd64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-none-none-elf"]
  let triple = triples[Context.environment["SOTTO_FIRMWARE_ARCH"] ?? "amd64"] ?? ""
  let libraries = (Context.environment["PATH"] ?? "").split(separator: ":").map {
    URL(fileURLWithPath: "\($0)/swift").resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("lib/swift/embedded/\(triple)/libswiftUnicodeDataTables.a").path
  }
  let tables = libraries.first { FileManager.default.fileExists(atPath: $0) }
  return [.unsafeFlags(embedded + (tables.map { ["-Xlinker", $0] } ?? []), .when(traits: ["Embedded"]))]
}()

/// A C shim. `headers` are folders inside it that are searched for headers, beside the system's.
func interop(_ name: String, libraries: [String] = [], headers: [String] = []) -> Target {
  .target(
    name: name, path: "Sources/Interop/\(name)",
    cSettings: [.define("_GNU_SOURCE"), .define("SOTTO_EMBEDDED", .when(traits: ["Embedded"]))]
      + headers.map { .headerSearchPath($0) } + (strict ? [.treatAllWarnings(as: .error)] : []),
    linkerSettings: libraries.map { .linkedLibrary($0) })
}

func room(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Firmware/\(name)", exclude: exclude, swiftSettings: firmware)
}

func host(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Host/\(name)", swiftSettings: hosted)
}

func tool(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Tools/\(name)", swiftSettings: hosted)
}

/// Unit tests of one module; values of Units and HAL are at hand in the firmware's.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/\(name)Tests",
    swiftSettings: hosted)
}

func firmwareTests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  tests(name, ["Units", "HAL"].filter { $0 != name }.map { .byName(name: $0) } + dependencies)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

var targets: [Target] = [
  interop("CLinux", libraries: ["m"]),
  interop("CMath", libraries: ["m"]),
  interop("CVector"),
  interop("CALSA", libraries: ["asound"]),
  interop("CGPIO", libraries: ["gpiod"]),
  interop("CIIO"),
  interop("CInput"),
  interop("CV4L2", libraries: ["v4lconvert"]),
  interop("CDRM", libraries: ["drm"], headers: ["libdrm"]),
  interop("CMachine", libraries: ["z"]),
  interop("CImage", libraries: ["png", "jpeg"]),
  interop("CTLS", libraries: ["ssl", "crypto"]),
  interop("COpus", libraries: ["opus"]),
  interop("CSpeexDSP", libraries: ["speexdsp"]),
  interop("CText", headers: ["pixman"]),

  room("Units"),
  room("HAL", ["Units"]),
  room("Power", ["HAL", "Units"]),
  room("Engagement", ["HAL", "Units"]),
  room("Wake", ["HAL", "Units", "CMath", "CVector"]),
  room("Voice", ["HAL", "Units", "CMath", "COpus"]),
  room("Overlay", ["HAL", "Units", "CText"]),
  room("Wire", ["HAL", "Units", "CTLS"], exclude: ["sotto.proto"]),
  room("Runtime", ["Units", "HAL", "Power", "Engagement", "Wake", "Voice", "Overlay", "Wire"]),
  room(
    "Drivers",
    ["Units", "HAL", "CLinux", "CALSA", "CGPIO", "CIIO", "CInput", "CV4L2", "CDRM", "CImage", "CMath", "CSpeexDSP"]),
  room("Doctor", ["Units", "HAL", "Drivers", "CLinux", "CMachine", "CGPIO", "CImage"]),
  room("LinuxBoard", ["Units", "HAL", "Drivers", "CLinux"]),
  room("SimBoard", ["Units", "HAL", "Drivers", "CLinux", "CImage", "CSpeexDSP"]),
  .executableTarget(
    name: "sottod",
    dependencies: [
      "Units", "HAL", "Power", "Engagement", "Wake", "Voice", "Wire", "Runtime", "Drivers", "LinuxBoard", "SimBoard", "Doctor",
      "CLinux",
    ],
    path: "Sources/Firmware/sottod", swiftSettings: firmware, linkerSettings: embeddedLink),
  // Tries the drivers alone.
  .executableTarget(
    name: "sotto-drivers", dependencies: ["Units", "HAL", "Drivers", "CLinux"], path: "Sources/Firmware/sotto-drivers",
    swiftSettings: firmware, linkerSettings: embeddedLink),

  // How commands print what they found.
  tool("Reports"),
  // Tools that need nothing but the firmware's rooms.
  tool("Workloads", ["Units", "HAL", "Power"]),
  .executableTarget(
    name: "sotto-bench-scheduler", dependencies: ["Workloads", "Power", "Units"],
    path: "Sources/Tools/sotto-bench-scheduler", swiftSettings: hosted),
  // Walks through every state of the firmware's conductor: docs/design/0003.
  tool("Explorer", ["Units", "HAL", "Power", "Engagement", "Runtime"]),
  .executableTarget(
    name: "sotto-explore", dependencies: ["Explorer", "Reports"], path: "Sources/Tools/sotto-explore", swiftSettings: hosted,
    linkerSettings: [.linkedLibrary("m")]),

  tool("Drawing", ["Overlay", "CImage"]),
  // Folders of wake words, played sounds, and what comes of them.
  tool("WakeStudy", ["Units", "HAL", "Wake", "SimBoard", "CLinux", "Drawing"]),
  // Runs the wake word over recordings, for the comparison with its references.
  .executableTarget(
    name: "sotto-wake", dependencies: ["WakeStudy", "Wake", "Units"], path: "Sources/Tools/sotto-wake", swiftSettings: hosted),

  // Runs the voice processing over recordings, for the comparison with other programs.
  .executableTarget(
    name: "sotto-voice", dependencies: ["Voice", "HAL", "Units", "COpus", "CSpeexDSP"], path: "Sources/Tools/sotto-voice",
    swiftSettings: hosted),

  firmwareTests("Units"),
  firmwareTests("HAL"),
  firmwareTests("Power", ["Workloads"]),
  firmwareTests("Engagement"),
  firmwareTests("Wake", ["CAllocationCount"]),
  firmwareTests("Voice", ["COpus", "CAllocationCount"]),
  firmwareTests("Overlay"),
  firmwareTests("Wire"),
  // Counts the calls of the allocator in the test program.
  .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
  firmwareTests("Runtime", ["SimBoard", "Wake", "Power", "Engagement", "Overlay", "Voice", "Wire", "CAllocationCount"]),
  firmwareTests("Drivers", ["CLinux", "CIIO", "CImage", "CAllocationCount"]),
  firmwareTests("LinuxBoard", ["Drivers", "CLinux"]),
  firmwareTests("Doctor", ["CImage"]),
  firmwareTests("SimBoard", ["Drivers", "CImage", "CLinux"]),
  // Readers of files that nobody vouches for, fed with changed ones: by a test, and by tools/fuzz for longer.
  tool("FuzzTargets", ["Units", "HAL", "Wake", "SimBoard"]),
  tests("FuzzTargets"),
  tests("WakeStudy", ["Wake", "HAL", "Units"]),
  tests("Explorer", ["Units", "HAL", "Power", "Engagement", "Runtime", "Workloads"]),
]
var products: [Product] = [
  .executable(name: "sottod", targets: ["sottod"]), .executable(name: "sotto-drivers", targets: ["sotto-drivers"]),
]
var dependencies: [Package.Dependency] = []

/// Where `tools/setup` puts the libraries that no Debian package holds; the built host finds them there again.
let models = Context.environment["SOTTO_CACHE"] ?? "\(Context.environment["HOME"] ?? "/root")/.cache/sotto"

// libFuzzer brings the main program: this one cannot be built without it.
if Context.environment["SOTTO_FUZZ"] == "1" {
  targets.append(
    .executableTarget(
      name: "sotto-fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz",
      swiftSettings: hosted + [.unsafeFlags(["-parse-as-library"])]))
  products.append(.executable(name: "sotto-fuzz", targets: ["sotto-fuzz"]))
}

if only != "firmware" {
  dependencies = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ]
  products += [
    .executable(name: "sotto-host", targets: ["sotto-host"]),
    .executable(name: "sotto", targets: ["sotto"]),
  ]
  targets += [
    .target(
      name: "CSherpa", path: "Sources/Interop/CSherpa",
      cSettings: [.unsafeFlags(["-I", "\(models)/sherpa/include"])],
      linkerSettings: [
        .unsafeFlags(["-L", "\(models)/sherpa/lib", "-Xlinker", "-rpath", "-Xlinker", "\(models)/sherpa/lib"]),
        .linkedLibrary("sherpa-onnx-c-api"), .linkedLibrary("onnxruntime"),
      ]),
    interop("CTesseract", libraries: ["tesseract", "lept"]),
    interop("CZBar", libraries: ["zbar"]),

    host(
      "Memory",
      [.product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log")]),
    host("Wyoming", [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]),
    host(
      "Assistant",
      [
        "Memory", "Wyoming", "CSherpa", "CTesseract", "CZBar", "CSpeexDSP",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "Logging", package: "swift-log"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ]),
    host(
      "HostLink",
      [
        "Units", "Wire", "Assistant", "COpus", "CSpeexDSP",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    host(
      "Satellite",
      [
        "Wyoming", "Assistant", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .executableTarget(
      name: "sotto-host",
      dependencies: [
        "HostLink", "Satellite", "Assistant", "Memory", "Wyoming", argumentParser,
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Host/sotto-host", swiftSettings: hosted),

    .executableTarget(
      name: "sotto-engines", dependencies: ["Assistant", "Memory", "Reports", "Voice", "HAL", "Units", "COpus", argumentParser],
      path: "Sources/Tools/sotto-engines",
      swiftSettings: hosted),
    tool("BoardFile", [.product(name: "TOMLKit", package: "TOMLKit")]),
    tool(
      "Scenario",
      [
        "BoardFile", "Units", "HAL", "Power", "Engagement", "Overlay", "Wire", "Runtime", "SimBoard", "HostLink", "Assistant",
        "Memory", "CImage", "CLinux", "CTLS", "Drawing", "Workloads", "WakeStudy",
        .product(name: "Yams", package: "Yams"),
      ]),
    .executableTarget(
      name: "sotto",
      dependencies: [
        "BoardFile", "Scenario", "WakeStudy", "Wake", "HAL", "Drivers", "Units", "Reports", "CLinux", argumentParser,
      ],
      path: "Sources/Tools/sotto", swiftSettings: hosted),

    tests("Memory", ["sotto-engines"]),
    tests(
      "Satellite",
      ["Wyoming", "Assistant", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]),
    tests("Wyoming", [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]),
    tests(
      "Assistant",
      [
        "Memory", "Wyoming", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    tests(
      "HostLink",
      [
        "Assistant", "COpus", "Memory", "Units", "Wire", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ]),
    tests("BoardFile"),
    tests("Scenario", ["BoardFile", "Units", "HAL", "Runtime", "SimBoard", "Wire", "sottod"]),
  ]
}

let package = Package(
  name: "sotto",
  products: products,
  traits: [.trait(name: "Embedded", description: "Compile the firmware rooms as Embedded Swift.")],
  dependencies: dependencies,
  targets: targets
)
