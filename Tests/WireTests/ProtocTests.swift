import Foundation
import Testing

@testable import Wire

/// The codec against the reference implementation, both ways, over every message.
@Suite struct ProtocTests {
  @Test(arguments: deviceSamples) func deviceMessage(_ sample: Sample<DeviceMessage>) throws {
    var ours: [UInt8] = []
    sample.message.append(to: &ours)
    let theirs = try Protoc.encode("DeviceMessage", sample.text)
    #expect(ours == theirs)
    #expect(try DeviceMessage.decode(theirs.span) == sample.message)
    #expect(try Protoc.decode("DeviceMessage", ours) == Protoc.decode("DeviceMessage", theirs))
  }

  @Test(arguments: hostSamples) func hostMessage(_ sample: Sample<HostMessage>) throws {
    var ours: [UInt8] = []
    sample.message.append(to: &ours)
    let theirs = try Protoc.encode("HostMessage", sample.text)
    #expect(ours == theirs)
    #expect(try HostMessage.decode(theirs.span) == sample.message)
    #expect(try Protoc.decode("HostMessage", ours) == Protoc.decode("HostMessage", theirs))
  }

  @Test(arguments: pairingSamples) func pairingMessage(_ sample: Sample<PairingMessage>) throws {
    var ours: [UInt8] = []
    sample.message.append(to: &ours)
    let theirs = try Protoc.encode("PairingMessage", sample.text)
    #expect(ours == theirs)
    #expect(try PairingMessage.decode(theirs.span) == sample.message)
    #expect(try Protoc.decode("PairingMessage", ours) == Protoc.decode("PairingMessage", theirs))
  }

  /// A field or enum value that is added to sotto.proto fails here until a sample has it.
  @Test func samplesCoverTheDescriptor() throws {
    let schema = try Schema(descriptorSet: Protoc.descriptorSet())
    #expect(schema.messages.count == 27)
    var covered = Set<String>()
    for sample in deviceSamples { try schema.cover("DeviceMessage", sample.text, into: &covered) }
    for sample in hostSamples { try schema.cover("HostMessage", sample.text, into: &covered) }
    for sample in pairingSamples { try schema.cover("PairingMessage", sample.text, into: &covered) }
    let uncovered = Set(schema.everything).subtracting(covered)
    #expect(uncovered.isEmpty, "no sample has \(uncovered.sorted())")
  }

  /// What protoc refuses as text, this codec refuses as well, and the other way round.
  @Test(
    arguments: [
      [0x61], [0xc3, 0xa9], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xe0, 0xa0, 0x80], [0xed, 0xa0, 0x80],
      [0xed, 0x9f, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf], [0xf0, 0x90, 0x80, 0x80], [0xf4, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80], [0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x95], [0xff],
    ] as [[UInt8]])
  func text(_ bytes: [UInt8]) {
    let valid = String(validating: bytes, as: UTF8.self) != nil
    #expect(isUTF8(bytes.span) == valid)
    var message: [UInt8] = []
    let mark = message.beginMessage(field: 9)
    message.append(field: 1, bytes.span)
    message.endMessage(mark)
    if valid {
      #expect(throws: Never.self) { try HostMessage.decode(message.span) }
    } else {
      #expect(throws: WireError.invalidText) { try HostMessage.decode(message.span) }
    }
  }
}

/// What sotto.proto declares, read from its compiled descriptor with this codec's own reader.
struct Schema {
  struct Field {
    var name: String
    var typeName: String
  }

  var messages: [String: [Field]] = [:]
  var enums: [String: [String]] = [:]

  init(descriptorSet: [UInt8]) throws {
    var files = ProtoReader(descriptorSet.span)
    while let file = try files.nextField() {
      guard file.number == 1 else {
        try files.skip(file)
        continue
      }
      var declarations = try files.message(file)
      while let declaration = try declarations.nextField() {
        switch declaration.number {
        case 4:
          let (name, fields) = try Self.names(in: try declarations.message(declaration), entriesAt: 2)
          messages[name] = fields
        case 5:
          let (name, values) = try Self.names(in: try declarations.message(declaration), entriesAt: 2)
          enums[name] = values.map { $0.name }
        default: try declarations.skip(declaration)
        }
      }
    }
  }

  /// A descriptor's name (1), and the name (1) and type name (6) of its entries.
  private static func names(in descriptor: consuming ProtoReader, entriesAt number: UInt32) throws -> (String, [Field]) {
    var name = ""
    var entries: [Field] = []
    while let field = try descriptor.nextField() {
      switch field.number {
      case 1: name = try descriptor.text(field)
      case number:
        var reader = try descriptor.message(field)
        var entry = Field(name: "", typeName: "")
        while let part = try reader.nextField() {
          switch part.number {
          case 1: entry.name = try reader.text(part)
          case 6 where part.type == .lengthDelimited:
            entry.typeName = String(try reader.text(part).split(separator: ".").last ?? "")
          default: try reader.skip(part)
          }
        }
        entries.append(entry)
      default: try descriptor.skip(field)
      }
    }
    return (name, entries)
  }

  /// `Message.field` and `ENUM_VALUE` of everything; the UNSPECIFIED values are never sent.
  var everything: [String] {
    messages.flatMap { message in message.value.map { "\(message.key).\($0.name)" } }
      + enums.flatMap { $0.value }.filter { !$0.hasSuffix("_UNSPECIFIED") }
  }

  /// Adds what a sample's text form (`kind { field: value … }`) sets.
  func cover(_ type: String, _ text: String, into covered: inout Set<String>) throws {
    let kind = text.prefix { $0 != " " }
    let inner = try #require(messages[type]?.first { $0.name == kind }).typeName
    covered.insert("\(type).\(kind)")
    for field in try #require(messages[inner]) where text.contains(" \(field.name): ") {
      covered.insert("\(inner).\(field.name)")
    }
    for value in enums.values.joined() where text.contains(": \(value) ") { covered.insert(value) }
  }
}
