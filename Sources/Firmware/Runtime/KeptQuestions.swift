import Units
import Wire

/// Questions that were asked while the host was away, until they can be answered: in order, bounded, in memory only, and sealed.
///
/// ```
///          keep                 first ──▶ asked                taken: answered, or ended otherwise
///  nothing ────▶ waiting ──call──▶ host is there ────▶ underWay ──────────▶ nothing
///                  ▲  │ no host       (Glasses)            │ host went away again
///                  └──┘ call again later                   └──▶ waiting
/// ```
///
/// A pure value but for the seal. It has a time at which something is due exactly while something waits.
struct KeptQuestions {
  /// More than this nobody remembers having asked.
  static let limit = 4
  /// Of sound, sealed: more than a minute at 24 kbit/s.
  static let byteLimit = 256 * 1024
  /// A question is given up after this time: whoever waits longer asks anew, and the answer would come out of nowhere.
  static let patience = Duration.seconds(600)
  /// The host is called again after this, each further time after twice as long, up to the longest: a call costs a radio's wake.
  static let firstPause = Duration.seconds(5)
  static let longestPause = Duration.seconds(80)
  /// The host went away in the middle of answering it: after so many times the question may be what kills it.
  static let attemptLimit = 3

  enum Content {
    /// The packets of the voice, each with its length before it.
    case spoken(MemorySeal.Sealed)
    case typed(MemorySeal.Sealed)

    var size: Int {
      switch self {
      case .spoken(let sealed), .typed(let sealed): sealed.count
      }
    }
  }

  struct Question {
    var content: Content
    var trigger: Trigger
    var askedAt: Instant
    fileprivate var attempts = 0

    init(content: Content, trigger: Trigger, askedAt: Instant) {
      self.content = content
      self.trigger = trigger
      self.askedAt = askedAt
    }
  }

  private var questions: [Question] = []
  private(set) var nextCall: Instant?
  private var pause = Self.firstPause
  /// The first of them is being asked.
  private(set) var isFirstUnderWay = false

  var count: Int { questions.count }
  var isEmpty: Bool { questions.isEmpty }
  private var bytes: Int { questions.reduce(0) { $0 + $1.content.size } }

  /// When something is to be done: the host called, or a question given up. Nil while none waits, or one is being asked.
  var due: Instant? {
    guard let first = questions.first, !isFirstUnderWay else { return nil }
    let end = first.askedAt + Self.patience
    return nextCall.map { min($0, end) } ?? end
  }

  /// Whether there is room for one more, as long as the longest.
  func hasRoom(for longest: Int) -> Bool { questions.count < Self.limit && bytes + longest <= Self.byteLimit }

  mutating func keep(_ question: Question, at now: Instant) {
    if questions.isEmpty { pause = Self.firstPause }
    questions.append(question)
    if nextCall == nil { nextCall = now + pause }
  }

  /// The host is being called, for these or for another question.
  mutating func calling() { nextCall = nil }

  /// It was not there.
  mutating func hostIsAway(at now: Instant) {
    guard !questions.isEmpty else { return }
    nextCall = now + pause
    pause = min(pause * 2, Self.longestPause)
  }

  /// The one to be asked now; `ended` or `hostIsAway` follows.
  mutating func first() -> Question? {
    guard !questions.isEmpty else { return nil }
    isFirstUnderWay = true
    nextCall = nil
    pause = Self.firstPause
    questions[0].attempts += 1
    return questions[0]
  }

  /// The one that was asked is over. `isKept`: the host went away again. True when it is given up although it was to be kept.
  mutating func ended(isKept: Bool, at now: Instant) -> Bool {
    guard isFirstUnderWay else { return false }
    isFirstUnderWay = false
    let isGivenUp = isKept && questions[0].attempts >= Self.attemptLimit
    if !isKept || isGivenUp { questions.removeFirst() }
    if questions.isEmpty { nextCall = nil } else if isKept { hostIsAway(at: now) }
    return isGivenUp
  }

  /// How many have waited for too long; they are gone.
  mutating func giveUp(at now: Instant) -> Int {
    guard !isFirstUnderWay else { return 0 }
    let before = questions.count
    questions.removeAll { $0.askedAt + Self.patience <= now }
    if questions.isEmpty { nextCall = nil }
    return before - questions.count
  }

  /// Nobody waits for an answer any more.
  mutating func clear() { self = KeptQuestions() }
}
