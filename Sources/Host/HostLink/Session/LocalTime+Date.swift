import Foundation
import Units

extension LocalTime {
  /// The time of day at `date` where the host is, which is taken to be where the wearer is.
  init(_ date: Date, in timeZone: TimeZone = .current) {
    self.init(
      milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()) + Int64(timeZone.secondsFromGMT(for: date)) * 1000)
  }
}
