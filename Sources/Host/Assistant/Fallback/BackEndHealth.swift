import Synchronization

/// Which back ends of a part failed lately. One that failed is asked last for a while, so that its deadline is not waited for at
/// every sentence.
final class BackEndHealth: Sendable {
  /// A service that restarts is back by then; one that stays away costs one deadline in so long.
  private static let rest: Duration = .seconds(20)

  private let restingUntil = Mutex<[Int: ContinuousClock.Instant]>([:])
  private let report: @Sendable (String) -> Void

  /// `report` is told in words when a back end fails that had not failed lately.
  init(report: @escaping @Sendable (String) -> Void) { self.report = report }

  /// The order in which `count` back ends are to be asked.
  func order(_ count: Int) -> [Int] {
    let resting = restingUntil.withLock { $0.filter { $0.value > .now } }
    let all = 0..<count
    return all.filter { resting[$0] == nil } + all.filter { resting[$0] != nil }
  }

  func failed(_ index: Int, _ failure: any Error, next: String?) {
    let isNew = restingUntil.withLock { resting in
      defer { resting[index] = .now + Self.rest }
      return (resting[index] ?? .now) <= .now
    }
    guard isNew else { return }
    report("\(failure)" + (next.map { " Instead: \($0)." } ?? ""))
  }

  func worked(_ index: Int) { restingUntil.withLock { _ = $0.removeValue(forKey: index) } }
}

/// A back end with the name that the configuration gives it.
struct Named<BackEnd: Sendable>: Sendable {
  var name: String
  var backEnd: BackEnd
}

/// The question is not for this back end: the next one is asked, and nothing is wrong.
struct Declined: Error, Sendable {
  /// What it would say, for when nobody else knows.
  var words: String?
}
