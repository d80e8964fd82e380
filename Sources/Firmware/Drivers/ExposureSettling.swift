/// Which frame of a stream that has just begun is the first with settled exposure and white balance.
///
/// Automatic exposure works from frame to frame. It has settled when a measure of the picture changes no more: its mean brightness
/// where the samples can be read, the number of its bytes where the camera compresses (the darker a picture, the fewer). Two
/// steps of at most a sixteenth end the wait; `most` frames end it in any case, so a flickering scene gives a picture too.
public struct ExposureSettling: Sendable, Hashable {
  /// Bounds of the wait, in frames that are skipped.
  public struct Limits: Sendable, Hashable {
    public var least: Int
    public var most: Int

    /// Web cameras and sensors with their own exposure control show their first frames dark or green and settle within a third of
    /// a second at 30 frames/s.
    public static let usual = Limits(least: 2, most: 12)
    /// The first frame is the picture.
    public static let none = Limits(least: 0, most: 0)

    public init(least: Int, most: Int) {
      self.least = least
      self.most = most
    }
  }

  private let limits: Limits
  private var last: Int?
  private var steadySteps = 0
  /// Frames skipped so far.
  public private(set) var skipped = 0

  /// Steps without change that are needed: one alone may be the moment where the exposure turns.
  private static let stepsNeeded = 2

  public init(limits: Limits) { self.limits = limits }

  /// Takes the measure of the next frame; true when this frame is the picture.
  public mutating func take(_ measure: Int) -> Bool {
    if let last {
      let change = measure > last ? measure - last : last - measure
      steadySteps = change * 16 <= max(measure, last) ? steadySteps + 1 : 0
    }
    last = measure
    let isSettled = skipped >= limits.least && steadySteps >= ExposureSettling.stepsNeeded
    if isSettled || skipped >= limits.most { return true }
    skipped += 1
    return false
  }
}
