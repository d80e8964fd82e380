import CImage
import Foundation
import HAL
import Testing
import Units

@testable import SimBoard

@Suite struct CameraTests {
  /// A small picture of one colour.
  private func png(_ folder: Folder, _ name: String, width: Int = 4, height: Int = 3, colour: UInt32 = 0x336699) -> String {
    let pixels = [UInt32](repeating: colour, count: width * height)
    #expect(sotto_png_write(folder.file(name), pixels, UInt32(width), UInt32(height)) == 0)
    return folder.file(name)
  }

  private func jpeg(width: Int = 16, height: Int = 8) throws -> [UInt8] {
    let grey = [UInt8](repeating: 128, count: width * height)
    var jpeg = [UInt8](repeating: 0, count: 4096)
    let encoder = try #require(sotto_jpeg_encoder_create())
    defer { sotto_jpeg_encoder_destroy(encoder) }
    let count = grey.withUnsafeBufferPointer { samples in
      var picture = sotto_camera_picture()
      picture.width = UInt32(width)
      picture.height = UInt32(height)
      picture.luma = samples.baseAddress
      picture.luma_step = 1
      picture.luma_stride = UInt32(width)
      return sotto_jpeg_encode(encoder, &picture, 80, &jpeg, jpeg.count)
    }
    try #require(count > 0)
    return [UInt8](jpeg.prefix(Int(count)))
  }

  private func bytes(_ camera: SimCamera) -> [UInt8] { camera.withStill { $0.withUnsafeBufferPointer { [UInt8]($0) } } }

  @Test func aJPEGPassesThroughAsItIs() throws {
    let folder = try Folder()
    let picture = try jpeg()
    let path = try folder.write(picture, to: "a.jpg")
    let rig = try Rig { $0.latencies.exposureJitter = .zero }
    let camera = try #require(rig.board.camera)
    rig.board.apply(.look(path))
    _ = rig.next(milliseconds(50))
    try camera.takeStill()
    #expect(rig.next() == ("stillTaken", 170_000_000))
    #expect(camera.still == PictureInfo(format: .jpeg, width: 16, height: 8, rotation: 0, taken: milliseconds(50)))
    #expect(bytes(camera) == picture)
    camera.release()
    #expect(camera.still == nil)
    #expect(bytes(camera).isEmpty)
  }

  @Test func aPNGIsAPNG() throws {
    let folder = try Folder()
    let path = png(folder, "a.png", width: 31, height: 7)
    let rig = try Rig { $0.camera = .files(path) }
    let camera = try #require(rig.board.camera)
    try camera.takeStill()
    #expect(rig.next().0 == "stillTaken")
    #expect(camera.still?.format == .png)
    #expect(camera.still?.width == 31)
    #expect(camera.still?.height == 7)
  }

  @Test func theExposureJitterFollowsTheSeed() throws {
    let folder = try Folder()
    let path = png(folder, "a.png")
    func times(_ seed: UInt64) throws -> [Int64] {
      let rig = try Rig {
        $0.camera = .files(path)
        $0.seed = seed
      }
      let camera = try #require(rig.board.camera)
      var last: Int64 = 0
      return try (0..<5).map { _ in
        try camera.takeStill()
        let time = rig.next().1
        camera.release()
        defer { last = time }
        return time - last
      }
    }
    #expect(try times(1) == times(1))
    #expect(try times(1) != times(2))
    #expect(try times(3).allSatisfy { (120_000_000...140_000_000).contains($0) })
  }

  @Test func aFolderIsGoneThroughInTheOrderOfItsNames() throws {
    let folder = try Folder()
    for (name, width) in [("b.png", 2), ("a.png", 1), ("c.png", 3)] { _ = png(folder, name, width: width) }
    try folder.write([0], to: ".hidden")
    let rig = try Rig { $0.camera = .files(folder.path) }
    let camera = try #require(rig.board.camera)
    let widths = try (0..<4).map { _ in
      try camera.takeStill()
      #expect(rig.next().0 == "stillTaken")
      defer { camera.release() }
      return camera.still?.width
    }
    #expect(widths == [1, 2, 3, 1])
  }

  @Test func missingPicturesFailAsRemoved() throws {
    let folder = try Folder()
    try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: true)
    let rig = try Rig()
    let camera = try #require(rig.board.camera)
    for path in [nil, folder.file("none.jpg"), folder.file("empty")] {
      if let path { rig.board.apply(.look(path)) }
      try camera.takeStill()
      #expect(rig.next().0 == "stillFailed removed")
      #expect(camera.still == nil)
    }
  }

  @Test func brokenPicturesFailAsMalformedAndSayWhy() throws {
    let folder = try Folder()
    let good = try jpeg()
    let goodPNG = [UInt8](try Data(contentsOf: URL(fileURLWithPath: png(folder, "good.png"))))
    var badHeader = goodPNG
    badHeader[20] ^= 0xFF
    let broken: [(String, [UInt8], String)] = [
      ("empty.jpg", [], "neither"),
      ("text.jpg", Array("hello".utf8), "neither"),
      ("cut.jpg", Array(good.dropLast(3)), "cut off"),
      ("header.jpg", Array(good[0..<30]), "no image"),
      ("start.jpg", [0xFF, 0xD8, 0xFF], "no image"),
      ("cut.png", Array(goodPNG.dropLast(12)), "cut off"),
      ("header.png", Array(goodPNG[0..<20]), "cut off"),
      ("crc.png", badHeader, "CRC"),
    ]
    let rig = try Rig()
    let camera = try #require(rig.board.camera)
    for (name, bytes, why) in broken {
      rig.board.apply(.look(try folder.write(bytes, to: name)))
      try camera.takeStill()
      #expect(rig.next().0 == "stillFailed malformed", "\(name)")
      let note = try #require(rig.notes.logs.last)
      #expect(note.hasPrefix("the picture is broken: ") && note.contains(why), "\(name): \(note)")
    }
    #expect(rig.notes.logs.count == broken.count)
  }

  @Test func noBytesAtAllCrashTheReaderOfHeaders() throws {
    let folder = try Folder()
    let pictures = [try jpeg(), [UInt8](try Data(contentsOf: URL(fileURLWithPath: png(folder, "a.png"))))]
    var random = Random(seed: 4, stream: 0)
    for round in 0..<4_000 {
      var bytes = pictures[round % 2]
      for _ in 0..<(1 + random.next() % 4) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      bytes.removeLast(Int(random.next() % UInt64(bytes.count)) / 2)
      guard let header = try? PictureHeader(bytes, explain: { _ in }) else { continue }
      #expect(header.width > 0 && header.height > 0)
    }
  }

  @Test func paddingBehindAJPEGIsAllowed() throws {
    let folder = try Folder()
    let rig = try Rig()
    let camera = try #require(rig.board.camera)
    rig.board.apply(.look(try folder.write(try jpeg() + [UInt8](repeating: 0, count: 100), to: "padded.jpg")))
    try camera.takeStill()
    #expect(rig.next().0 == "stillTaken")
  }

  @Test func oneStillAtATimeAndCancelEndsIt() throws {
    let folder = try Folder()
    let path = png(folder, "a.png")
    let rig = try Rig { $0.camera = .files(path) }
    let camera = try #require(rig.board.camera)
    try camera.takeStill()
    let error = #expect(throws: DeviceError.self) { try camera.takeStill() }
    #expect(error?.cause == .busy)
    camera.cancel()
    #expect(rig.next(milliseconds(500)) == ("deadline", 500_000_000))
    try camera.takeStill()
    #expect(rig.next().0 == "stillTaken")
    #expect(throws: DeviceError.self) { try camera.takeStill() }
    camera.cancel()
    #expect(camera.still == nil)
  }

  @Test func theArgumentTellsDevicesFromFiles() {
    #expect(PictureSource(argument: "/dev/video0") == .v4l2("/dev/video0"))
    #expect(PictureSource(argument: "/home/a/dev/video0") == .files("/home/a/dev/video0"))
    #expect(PictureSource(argument: "a.jpg") == .files("a.jpg"))
  }

  @Test func aDeviceThatIsNoCameraIsRefused() throws {
    var options = SimBoard.Options()
    options.camera = .v4l2("/dev/null")
    let board = try SimBoard(BoardDescription(), options: options, clock: .real, log: { _ in })
    #expect(throws: DeviceError.self) { try board.camera?.takeStill() }
    options.camera = .v4l2("/dev/no-such-camera")
    let other = try SimBoard(BoardDescription(), options: options, clock: .real, log: { _ in })
    let error = #expect(throws: DeviceError.self) { try other.camera?.takeStill() }
    #expect(error?.cause == .absent)
  }
}
