import Glibc
import Units

/// The host's one monotonic clock. It is the one that the simulated glasses on the same machine use too, so that two traces fit
/// together.
public enum HostClock {
  /// `CLOCK_BOOTTIME`, which also runs while the machine sleeps.
  public static func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
