import HAL
import Testing
import Units

@testable import Drivers

@Suite struct FrameChoiceTests {
  private func offer(_ name: String, emulated: Bool = false) -> FrameChoice.Offer {
    let code = PixelCode(name)
    return FrameChoice.Offer(
      code: code, layout: PixelLayout(code) { $0 == PixelCode("UYVY") || $0 == PixelCode("RGB3") }, isEmulated: emulated)
  }

  private func chosen(_ names: [String], asked: String? = nil) throws(DeviceError) -> String {
    try FrameChoice.format(of: names.map { offer($0) }, asked: asked.map { PixelCode($0) }).code.text
  }

  // MARK: Formats

  @Test func aCodeIsItsFourCharacters() {
    // videodev2.h: v4l2_fourcc('Y', 'U', 'Y', 'V').
    #expect(PixelCode("YUYV").rawValue == 0x5659_5559)
    #expect(PixelCode("YUYV").text == "YUYV")
    #expect(PixelCode("Y8").text == "Y8  ")
    #expect(PixelCode(rawValue: 0x8000_0041).text == "A...")
  }

  @Test func theFormatWithTheLeastWorkIsTaken() throws {
    #expect(try chosen(["YUYV", "NV12", "MJPG"]) == "MJPG")
    #expect(try chosen(["YUYV", "JPEG"]) == "JPEG")
    #expect(try chosen(["GREY", "YUYV", "YU12", "NM12"]) == "NM12")
    #expect(try chosen(["GREY", "UYVY"]) == "UYVY")
    #expect(try chosen(["H264", "GREY"]) == "GREY")
  }

  @Test func anEmulatedFormatIsNotTaken() throws {
    let best = try FrameChoice.format(of: [offer("MJPG", emulated: true), offer("YUYV")])
    #expect(best.code.text == "YUYV")
  }

  @Test func aFormatThatIsAskedForIsTheOnlyOne() throws {
    #expect(try chosen(["MJPG", "YUYV"], asked: "YUYV") == "YUYV")
    let error = #expect(throws: DeviceError.self) { try chosen(["MJPG", "YUYV"], asked: "NV12") }
    #expect(error?.cause == .unsupported)
  }

  @Test func aFormatThatIsLentNeedNotBecomeAPicture() throws {
    let offers = ["MJPG", "XR24"].map { offer($0) }
    #expect(try FrameChoice.format(of: offers, asked: PixelCode("XR24"), lent: true).code.text == "XR24")
    #expect(throws: DeviceError.self) { try FrameChoice.format(of: offers, asked: PixelCode("XR24")) }
    #expect(throws: DeviceError.self) { try FrameChoice.format(of: offers, asked: PixelCode("NV12"), lent: true) }
    #expect(try FrameChoice.format(of: offers, lent: true).code.text == "MJPG", "with none asked for, the usual choice")
  }

  @Test(arguments: ["BA81", "RG10", "pBAA", "RG12", "BYR2", "GB16", "pgCC"])
  func rawBayerIsRefusedWithAWordOnLibcamera(name: String) {
    #expect(PixelLayout(PixelCode(name), converts: { _ in true }) == .bayer)
    let error = #expect(throws: DeviceError.self) { try chosen([name, "H264"]) }
    #expect(error?.cause == .unsupported)
    var words = TextBuffer()
    if let error { words.append(error) }
    #expect(
      String(decoding: words.bytes, as: UTF8.self)
        == "camera, use raw Bayer frames (this sensor needs libcamera): cannot do that")
  }

  @Test func aCameraWithNothingUsableSaysWhatWouldDo() {
    let error = #expect(throws: DeviceError.self) { try chosen(["H264", "HEVC"]) }
    #expect("\(error?.operation ?? "")" == "find a format: MJPG, NV12, YU12, YUYV, GREY or one that libv4l converts")
    #expect(throws: DeviceError.self) { try chosen([]) }
  }

  // MARK: Sizes

  private func one(_ width: Int, _ height: Int) -> FrameChoice.Sizes {
    FrameChoice.Sizes(width: width...width, widthStep: 0, height: height...height, heightStep: 0)
  }

  private func size(_ sizes: [FrameChoice.Sizes], _ width: Int, _ height: Int) -> String {
    let size = FrameChoice.size(of: sizes, wanted: FrameSize(width: width, height: height))
    return "\(size.width)x\(size.height)"
  }

  @Test func theSmallestSizeThatCoversIsTaken() {
    let sizes = [one(640, 480), one(1920, 1080), one(1280, 720), one(1280, 960), one(320, 240)]
    #expect(size(sizes, 1280, 720) == "1280x720")
    #expect(size(sizes, 1000, 700) == "1280x720")
    #expect(size(sizes, 640, 481) == "1280x720")
    #expect(size(sizes, 1, 1) == "320x240")
  }

  @Test func withoutACoveringSizeTheLargestIsTaken() {
    #expect(size([one(320, 240), one(640, 480), one(352, 288)], 1280, 720) == "640x480")
    #expect(size([], 1280, 720) == "1280x720")
  }

  @Test func aSteppedSizeIsRoundedUpOnItsGrid() {
    let range = FrameChoice.Sizes(width: 48...1000, widthStep: 16, height: 32...600, heightStep: 8)
    #expect(size([range], 640, 480) == "640x480")
    #expect(size([range], 641, 481) == "656x488")
    #expect(size([range], 10, 10) == "48x32")
    // The last place of the grid is 48 + 59 × 16 = 992, and 32 + 71 × 8 = 600.
    #expect(size([range], 5000, 5000) == "992x600")
  }

  // MARK: Intervals

  @Test func theLongestIntervalThatIsNotTooLongIsTaken() {
    let list: [ClosedRange<Int64>] = [200...200, 40...40, 33...33, 16...16, 100...100].map {
      $0.lowerBound * 1_000_000...$0.upperBound * 1_000_000
    }
    func interval(_ milliseconds: Int) -> Int64? {
      FrameChoice.interval(of: list, wanted: .milliseconds(milliseconds))?.milliseconds
    }
    #expect(interval(40) == 40)
    #expect(interval(99) == 40)
    #expect(interval(1000) == 200)
    #expect(interval(10) == 16)
    #expect(FrameChoice.interval(of: [], wanted: .milliseconds(33)) == nil)
  }

  @Test func aRangeOfIntervalsGivesTheOneWanted() {
    let range: [ClosedRange<Int64>] = [10_000_000...500_000_000]
    #expect(FrameChoice.interval(of: range, wanted: .milliseconds(33)) == .milliseconds(33))
    #expect(FrameChoice.interval(of: range, wanted: .milliseconds(900)) == .milliseconds(500))
    #expect(FrameChoice.interval(of: range, wanted: .milliseconds(1)) == .milliseconds(10))
  }

  // MARK: Names

  private let nodes = [
    CameraNode(
      path: "/dev/video0", byID: "", byPath: "platform-isp-video-index0", card: "isp", bus: "platform:isp", driver: "isp",
      captures: false, failure: nil),
    CameraNode(
      path: "/dev/video1", byID: "usb-Acme_HD-video-index1", byPath: "", card: "HD Camera", bus: "usb-1.2", driver: "uvcvideo",
      captures: false, failure: nil),
    CameraNode(
      path: "/dev/video2", byID: "usb-Acme_HD-video-index0", byPath: "", card: "HD Camera", bus: "usb-1.2", driver: "uvcvideo",
      captures: true, failure: nil),
  ]

  @Test func aNameThatStaysLeadsToTheNodeThatCaptures() throws {
    for name in ["usb-Acme_HD-video-index0", "HD Camera", "usb-1.2"] {
      #expect(try CameraNodes.path(of: name, among: nodes) == "/dev/video2")
    }
    #expect(try CameraNodes.path(of: "/dev/v4l/by-id/x") == "/dev/v4l/by-id/x")
    for name in ["isp", "HD camera", ""] {
      let error = #expect(throws: DeviceError.self) { try CameraNodes.path(of: name, among: nodes) }
      #expect(error?.cause == .absent)
    }
  }
}
