import Foundation

/// Runs the reference implementation over sotto.proto.
enum Protoc {
  static let schema = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/Firmware/Wire")

  struct Failed: Error {
    var status: Int32
    var output: String
  }

  /// The bytes that protoc makes of a message's text form.
  static func encode(_ type: String, _ text: String) throws -> [UInt8] {
    [UInt8](try run(["--encode=sotto.v1.\(type)"], input: Data(text.utf8)))
  }

  /// The text form that protoc makes of bytes.
  static func decode(_ type: String, _ bytes: [UInt8]) throws -> String {
    String(decoding: try run(["--decode=sotto.v1.\(type)"], input: Data(bytes)), as: UTF8.self)
  }

  /// A `google.protobuf.FileDescriptorSet` of the schema.
  static func descriptorSet() throws -> [UInt8] {
    [UInt8](try run(["--descriptor_set_out=/dev/stdout"], input: Data()))
  }

  private static func run(_ arguments: [String], input: Data) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["protoc", "-I\(schema.path)"] + arguments + ["sotto.proto"]
    // Files, not pipes: a large message on both pipes at once would block both ends.
    let folder = FileManager.default.temporaryDirectory.appending(path: "sotto-protoc-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appending(path: "in")
    let result = folder.appending(path: "out")
    let complaints = folder.appending(path: "err")
    try input.write(to: source)
    try Data().write(to: result)
    try Data().write(to: complaints)
    process.standardInput = try FileHandle(forReadingFrom: source)
    process.standardOutput = try FileHandle(forWritingTo: result)
    process.standardError = try FileHandle(forWritingTo: complaints)
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(status: process.terminationStatus, output: try String(contentsOf: complaints, encoding: .utf8))
    }
    return try Data(contentsOf: result)
  }
}
