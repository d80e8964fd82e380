import HAL

/// The camera of a board that has none.
public final class AbsentCamera: Camera {
  public func turnOn() throws(DeviceError) { throw DeviceError(.camera, "turn on", .absent) }
  public func turnOff() {}
  public func takeStill() throws(DeviceError) { throw DeviceError(.camera, "take still", .absent) }
  public func cancel() {}
  public var still: PictureInfo? { nil }
  public func release() {}

  public func withStill<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let nothing: [UInt8] = []
    return body(nothing.span)
  }
}
