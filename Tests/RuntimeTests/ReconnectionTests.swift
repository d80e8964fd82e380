import Testing
import Units

@testable import Runtime

/// Another connection for the same session, when there is no network at all.
@Suite struct ReconnectionTests {
  /// An interface that is down refuses every attempt at once: some eighty in eight seconds.
  @Test func attemptsThatFailAtOnceGoOnUntilPatienceEnds() {
    var resumption = SessionResumption()
    resumption.began(7, at: .zero)
    var now = Instant.zero
    var attempts = 0
    var longest = Duration.zero
    while resumption.lost(at: now) {
      now = resumption.nextAttempt ?? now
      resumption.attempting(at: now)
      attempts += 1
      #expect(resumption.attemptLimit > .zero && now + resumption.attemptLimit <= Instant.zero + SessionResumption.patience)
      longest = max(longest, resumption.attemptLimit)
    }
    #expect(attempts > 64)
    #expect(longest > .seconds(5), "a slow line has the time that it needs")
  }
}
