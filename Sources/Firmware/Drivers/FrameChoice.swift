import HAL
import Units

/// Which of a camera's formats, sizes and frame intervals is used: pure, from what the driver enumerates.
public enum FrameChoice {
  /// One pixel format that a camera offers.
  public struct Offer: Sendable, Hashable {
    public var code: PixelCode
    public var layout: PixelLayout
    /// A library makes it in software from another one.
    public var isEmulated: Bool

    public init(code: PixelCode, layout: PixelLayout, isEmulated: Bool) {
      self.code = code
      self.layout = layout
      self.isEmulated = isEmulated
    }
  }

  /// The format with the least to do for a picture; `asked`, when the board file names one, is the only one that will do. Frames that are `lent` to
  /// another device need not become a picture here: what is asked for is taken as it is.
  ///
  /// A camera that has nothing but raw Bayer is a naked sensor: a picture needs exposure, white balance and the mosaic computed, which
  /// libcamera does and a V4L2 driver does not.
  public static func format(of offers: [Offer], asked: PixelCode? = nil, lent: Bool = false) throws(DeviceError) -> Offer {
    var best: Offer?
    var hasBayer = false
    for offer in offers {
      if let asked, offer.code != asked { continue }
      if offer.layout == .bayer { hasBayer = true }
      if lent, asked != nil { return offer }
      guard offer.layout.effort != .max, !offer.isEmulated else { continue }
      if best == nil || offer.layout.effort < best!.layout.effort { best = offer }
    }
    if let best { return best }
    if hasBayer { throw DeviceError(.camera, "use raw Bayer frames (this sensor needs libcamera)", .unsupported) }
    throw DeviceError(.camera, "find a format: MJPG, NV12, YU12, YUYV, GREY or one that libv4l converts", .unsupported)
  }

  /// Sizes that a camera has for one format. A step of 0 is one size.
  public struct Sizes: Sendable, Hashable {
    public var width: ClosedRange<Int>
    public var widthStep: Int
    public var height: ClosedRange<Int>
    public var heightStep: Int

    public init(width: ClosedRange<Int>, widthStep: Int, height: ClosedRange<Int>, heightStep: Int) {
      self.width = width
      self.widthStep = widthStep
      self.height = height
      self.heightStep = heightStep
    }

    func nearest(width wantedWidth: Int, height wantedHeight: Int) -> FrameSize {
      FrameSize(
        width: Sizes.covering(wantedWidth, width, widthStep), height: Sizes.covering(wantedHeight, height, heightStep))
    }

    /// The least value on the grid that is not below `wanted`, or the largest one.
    private static func covering(_ wanted: Int, _ range: ClosedRange<Int>, _ step: Int) -> Int {
      guard step > 0, wanted > range.lowerBound else { return range.lowerBound }
      let steps = (wanted - range.lowerBound + step - 1) / step
      let most = (range.upperBound - range.lowerBound) / step
      return range.lowerBound + min(steps, most) * step
    }
  }

  /// The smallest size that covers the one wanted in both directions; where none does, the largest. Without a list the wanted one:
  /// the driver rounds.
  public static func size(of sizes: [Sizes], wanted: FrameSize) -> FrameSize {
    var covering: FrameSize?
    var largest: FrameSize?
    for entry in sizes {
      let size = entry.nearest(width: wanted.width, height: wanted.height)
      if size.width >= wanted.width, size.height >= wanted.height, size.area < (covering?.area ?? .max) { covering = size }
      if size.area > (largest?.area ?? 0) { largest = size }
    }
    return covering ?? largest ?? wanted
  }

  /// The longest interval that is not above the one wanted; where all are, the shortest. Nil when the camera names none: it is
  /// left as it is. Intervals are ranges because some cameras set any between two ends.
  public static func interval(of intervals: [ClosedRange<Int64>], wanted: Duration) -> Duration? {
    let wanted = wanted.nanoseconds
    var best: Int64?
    for range in intervals {
      let candidate = min(max(wanted, range.lowerBound), range.upperBound)
      guard let current = best else {
        best = candidate
        continue
      }
      let isBetter = current > wanted ? candidate < current : candidate <= wanted && candidate > current
      if isBetter { best = candidate }
    }
    return best.map { .nanoseconds($0) }
  }
}

/// Pixels of a frame.
public struct FrameSize: Sendable, Hashable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public var area: Int { width * height }
}
