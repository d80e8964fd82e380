import Foundation
import HAL
import Testing

@testable import SimBoard

@Suite struct StorageTests {
  private func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test(arguments: [true, false])
  func recordsAreKeptReplacedAndRemoved(inMemory: Bool) throws {
    let folder = try Folder()
    let storage = try SimStorage(folder: inMemory ? nil : folder.file("state"))
    #expect(try storage.load("key") == nil)
    try storage.save("key", [1, 2, 3].span)
    try storage.save("pairings", [9].span)
    #expect(try storage.load("key") == [1, 2, 3])
    try storage.save("key", [4].span)
    #expect(try storage.load("key") == [4])
    try storage.remove("key")
    try storage.remove("key")
    #expect(try storage.load("key") == nil)
    #expect(try storage.load("pairings") == [9])
  }

  @Test func recordsOutliveTheProcess() throws {
    let folder = try Folder()
    try SimStorage(folder: folder.file("a/b/state")).save("key", [5, 6].span)
    #expect(try SimStorage(folder: folder.file("a/b/state")).load("key") == [5, 6])
  }

  @Test func nobodyElseMayRead() throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(atPath: folder.file("state"), withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.file("state"))
    let storage = try SimStorage(folder: folder.file("state"))
    try storage.save("key", [1].span)
    try storage.save("key", [2].span)
    #expect(try mode(folder.file("state")) == 0o700)
    #expect(try mode(folder.file("state/key")) == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("state")) == ["key"])
  }

  @Test func aLeftOverOfACrashIsNoRecordAndNoObstacle() throws {
    let folder = try Folder()
    let storage = try SimStorage(folder: folder.path)
    try storage.save("key", [1].span)
    try folder.write([7, 7], to: ".new")
    #expect(try storage.load("key") == [1])
    try storage.save("key", [2].span)
    #expect(try storage.load("key") == [2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["key"])
  }

  @Test func aSaveThatFailsLeavesTheOldRecord() throws {
    let folder = try Folder()
    let storage = try SimStorage(folder: folder.path)
    try storage.save("key", [1].span)
    // A folder of that name cannot be unlinked: the new file cannot be made.
    try FileManager.default.createDirectory(atPath: folder.file(".new"), withIntermediateDirectories: true)
    #expect(throws: DeviceError.self) { try storage.save("key", [2].span) }
    #expect(try storage.load("key") == [1])
  }

  @Test func namesThatLeadOutAreRefused() throws {
    let folder = try Folder()
    for storage in [try SimStorage(folder: folder.path), try SimStorage(folder: nil)] {
      for name: StaticString in ["", "../key", "a/b", ".new", ".", "KEY", "a b"] {
        #expect(throws: DeviceError.self) { try storage.save(name, [1].span) }
        #expect(throws: DeviceError.self) { try storage.load(name) }
        #expect(throws: DeviceError.self) { try storage.remove(name) }
      }
    }
  }

  @Test func recordsHaveALimit() throws {
    let storage = try SimStorage(folder: nil)
    let error = #expect(throws: DeviceError.self) { try storage.save("key", [UInt8](repeating: 0, count: 65_537).span) }
    #expect(error?.cause == .full)
  }

  @Test func aPlaceThatIsNoFolderIsAnError() throws {
    let folder = try Folder()
    let path = try folder.write([1], to: "file")
    #expect(throws: DeviceError.self) { try SimStorage(folder: path + "/state") }
  }
}
