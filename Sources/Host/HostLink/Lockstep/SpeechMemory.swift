/// What was encoded before, to be used again: a host in lockstep says many sentences more than once, a scripted voice the same tone at each turn.
///
/// The encoder is deterministic, and each turn begins with a fresh one, so its packets follow from the frames since the beginning of the turn.
/// Turns are kept as a tree of frames with their packets; a turn that follows a branch takes its packets from there.
final class SpeechMemory {
  struct Step {
    var frame: [Int16]
    var packet: [UInt8]
    var next: [Int] = []
  }

  /// Three minutes of sound in about 20 MB; turns that lead beyond are encoded anew each time.
  private static let longest = 9_000

  private var steps: [Step] = []
  private var beginnings: [Int] = []

  /// The step with this frame after `place`, nil for the beginning of a turn.
  func step(after place: Int?, with frame: [Int16]) -> Int? {
    (place.map { steps[$0].next } ?? beginnings).first { steps[$0].frame == frame }
  }

  /// Keeps a step; nil when there is no room.
  func add(_ frame: [Int16], _ packet: [UInt8], after place: Int?) -> Int? {
    guard steps.count < Self.longest else { return nil }
    let number = steps.count
    steps.append(Step(frame: frame, packet: packet))
    if let place { steps[place].next.append(number) } else { beginnings.append(number) }
    return number
  }

  subscript(place: Int) -> Step { steps[place] }
  var count: Int { steps.count }
}

/// The way of one turn through a memory.
struct SpeechRecall {
  private let memory: SpeechMemory
  /// The steps so far.
  private var way: [Int] = []
  /// The turn has left what is known, and there is no room for it.
  private var isLost = false
  /// Something was said that the memory did not know: the encoder has its state, and is asked from here on.
  private var isEncoding = false

  init(_ memory: SpeechMemory) { self.memory = memory }

  /// The packet of the next frame of the turn. `encode` is the turn's own encoder, fresh at the beginning; it is given the frames that were recalled
  /// before it is first needed.
  mutating func packet(_ frame: [Int16], encode: ([Int16]) throws(OpusFailure) -> [UInt8]) throws(OpusFailure) -> [UInt8] {
    if !isEncoding {
      if let known = memory.step(after: way.last, with: frame) {
        way.append(known)
        return memory[known].packet
      }
      for place in way { _ = try encode(memory[place].frame) }
      isEncoding = true
    }
    let packet = try encode(frame)
    if !isLost {
      if let place = memory.step(after: way.last, with: frame) ?? memory.add(frame, packet, after: way.last) {
        way.append(place)
      } else {
        isLost = true
      }
    }
    return packet
  }
}
