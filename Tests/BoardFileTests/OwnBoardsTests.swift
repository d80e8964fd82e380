import Foundation
import Testing

@testable import BoardFile

/// `vendor/board` of every board in the repository.
private let names: [String] = {
  let vendors = (try? FileManager.default.contentsOfDirectory(atPath: ownBoards.path)) ?? []
  return vendors.flatMap { vendor in
    ((try? FileManager.default.contentsOfDirectory(atPath: ownBoards.path + "/" + vendor)) ?? []).map { "\(vendor)/\($0)" }
  }
  .filter { FileManager.default.fileExists(atPath: ownBoards.path + "/\($0)/board.toml") }.sorted()
}()

/// What holds for every board that we ship.
@Suite struct OwnBoardsTests {
  @Test func theBoardsThatAreBoughtForThisAreThere() {
    #expect(
      Set(["sim/glasses", "qemu/virt-arm64", "raspberrypi/zero-2-w", "ti/am62l-evm", "luckfox/pico-ultra-w"])
        .subtracting(names) == [])
  }

  @Test(arguments: names) func isValidAndFlat(_ name: String) throws {
    let board = try BoardFile.load(ownBoards.path + "/" + name)
    let lines = board.flat.split(separator: "\n").map { String($0) }
    #expect(lines.first == "sotto-board 1")
    #expect(
      lines.dropFirst().map(key).elementsEqual(lines.dropFirst().map(key).sorted { $0.lexicographicallyPrecedes($1) }))
    #expect(lines.contains("name=\(board.name)"))
  }

  private func key(_ line: String) -> [UInt8] { Array(line.utf8.prefix { $0 != UInt8(ascii: "=") }) }

  @Test(arguments: names) func everyFigureSaysWhereItComesFrom(_ name: String) throws {
    let board = try BoardFile.load(ownBoards.path + "/" + name)
    for part in BoardSchema.poweredParts {
      let levels = board.powerLevels(of: part)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $0.microwatts <= $1.microwatts }, "\(part) falls from level to level")
      for level in levels {
        #expect(FieldKind.source.flatText(of: .text(level.source)) != nil, "\(part).\(level.name)")
        // A year alone is no source: who says so, and when.
        if level.basis != .estimate { #expect(level.source.count > 30, "\(part).\(level.name): \(level.source)") }
        if level.rise > .zero { #expect(level.riseSource != nil, "\(part).\(level.name)") }
      }
    }
  }

  @Test(arguments: names.filter { !$0.hasPrefix("sim/") }) func namesItsDevicesAndLines(_ name: String) throws {
    let board = try BoardFile.load(ownBoards.path + "/" + name)
    for line in ["button", "wear", "indicator", "indicator-sense"] where board.capabilities.contains(line) {
      #expect(board.value["lines.\(line).line"] != nil, "\(line)")
    }
    // A light that nobody reads back would let the microphone refuse for ever.
    #expect(board.capabilities.contains("indicator-sense"))
  }

  @Test(arguments: names.filter { !$0.hasPrefix("sim/") }) func itsReadMeNamesWhatDominates(_ name: String) throws {
    let text = try String(contentsOfFile: ownBoards.path + "/\(name)/README.md", encoding: .utf8)
    let board = try BoardFile.load(ownBoards.path + "/" + name)
    #expect(text.contains("sotto power day --board \(name)"))
    let levels =
      BoardSchema.poweredParts.flatMap { part in board.powerLevels(of: part).map { "\(part).\($0.name)" } }
      + board.idleFigures.map { "processor.\($0.kind)" }
    #expect(levels.contains { text.contains("`\($0)`") }, "no level of a part is named as what dominates")
  }
}

@Suite struct WhatIfTests {
  private func glasses() throws -> BoardFile { try BoardFile.load(ownBoards.path + "/sim/glasses") }

  @Test(arguments: [
    ("display.on=60mW", "power.display=110,60000"), ("display.on = 1.5 W", "power.display=110,1500000"),
    ("display.off=7uW", "power.display=7,76000"), ("listening.armed_while_worn=true", "listening.armed_while_worn=true"),
    ("link.parked_for=1 min", "link.parked_for_us=60000000"), ("battery.milliwatt_hours=500", "battery.milliwatt_hours=500"),
  ])
  func changesOneLineOfTheFlatFile(_ wish: (text: String, line: String)) throws {
    let before = Set(try glasses().flat.split(separator: "\n").map { String($0) })
    let after = Set(try glasses().changed(wish.text).flat.split(separator: "\n").map { String($0) })
    #expect(after.subtracting(before) == [wish.line])
    #expect(before.subtracting(after).count == 1)
  }

  @Test(arguments: [
    ("display", "must be PART.LEVEL=POWER"), ("display.onn=60mW", "did you mean on?"), ("display.on=60", "with its unit"),
    ("display.on=21W", "from 0 to 20 W"), ("listening.end_silenc=1 s", "did you mean listening.end_silence?"),
    ("listening.armed_while_worn=yes", "must be true or false"), ("link.parked_for=never", "or \"forever\""),
    ("listening.engaged_period=400 ms", "must not be longer than"),
  ])
  func saysWhatIsWrong(_ wish: (text: String, message: String)) throws {
    let board = try glasses()
    let error = #expect(throws: BoardFileError.self) { try board.changed(wish.text) }
    #expect(error?.description.contains(wish.message) == true, "\(error?.description ?? "")")
  }

  @Test func aChangedFigureCountsAsAnEstimate() throws {
    let board = try glasses().changed("microphone.local=2mW")
    #expect(board.powerLevels(of: "microphone")[1].basis == .estimate)
    #expect(board.powerLevels(of: "microphone")[2].basis == .published)
  }
}
