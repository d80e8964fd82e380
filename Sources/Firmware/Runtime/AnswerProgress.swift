import Units

/// How far the answer of the present turn has come.
struct AnswerProgress: Sendable {
  /// When the last spoken sample reached the microphone.
  var lastSpeech: Instant?
  /// Anything has come from the host since the turn began: it is there, and may have acted on the question.
  var hasHeardHost = false
  /// The host has nothing more to say.
  var isHostDone = false
  /// What the host says, for when it can be neither heard nor seen otherwise.
  private(set) var words = ""
  var hasCard = false
  var hasFirstPacket = false
  /// The first audible sample has been handed to the speaker.
  var hasFirstSample = false
  /// The speaker plays its buffer to the end.
  var isDraining = false
  /// A cue outside of an answer is being played.
  private(set) var isCueSounding = false
  private var isSoundOver = false
  private var isCardOver = false

  /// No card shows more than this, in bytes.
  private static let longestWords = 1_000

  mutating func say(_ sentence: String) {
    guard words.utf8.count + sentence.utf8.count < Self.longestWords else { return }
    if !words.isEmpty { words += " " }
    words += sentence
  }

  mutating func startCue() { isCueSounding = true }
  mutating func stopCue() { isCueSounding = false }

  /// True once per answer: no more sound will be heard.
  mutating func endSound() -> Bool {
    if isSoundOver { return false }
    isSoundOver = true
    return true
  }

  /// True once per answer: its card is not shown any more.
  mutating func endCard() -> Bool {
    if isCardOver { return false }
    isCardOver = true
    return true
  }
}
