import HAL

/// What a camera offers, for a person: asked without changing anything of it.
public struct CameraAbilities: Sendable {
  public struct Format: Sendable {
    public var offer: FrameChoice.Offer
    public var sizes: [FrameChoice.Sizes]
    /// The largest of the sizes; zero when the camera names none.
    public var largest: FrameSize
  }

  public var formats: [Format]

  public init(path: String) throws(DeviceError) {
    let device = try V4L2Device(lookingAt: path)
    formats = device.offers().map { offer in
      let sizes = device.sizes(of: offer.code)
      let largest = sizes.reduce(FrameSize(width: 0, height: 0)) { most, entry in
        let size = FrameSize(width: entry.width.upperBound, height: entry.height.upperBound)
        return size.area > most.area ? size : most
      }
      return Format(offer: offer, sizes: sizes, largest: largest)
    }
    device.close()
  }

  /// The format that this driver would use, or why there is none.
  public func choice(asked: PixelCode? = nil) throws(DeviceError) -> FrameChoice.Offer {
    try FrameChoice.format(of: formats.map { $0.offer }, asked: asked)
  }
}
