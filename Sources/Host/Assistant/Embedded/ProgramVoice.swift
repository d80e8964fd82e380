import Foundation

/// A small voice that is a program: nothing to load, and the first sound comes at once.
public struct ProgramVoice: TextToSpeech {
  enum Choice { case espeak, flite }

  private let choice: Choice
  private let queue = EngineQueue("sotto.voice")

  init(_ choice: Choice) { self.choice = choice }

  public func warmUp() async throws {
    for try await _ in speak("Ready.") {}
  }

  public func speak(_ sentence: String) -> AsyncThrowingStream<[Int16], any Error> {
    let sentence = Spelled.out(sentence)
    return AsyncThrowingStream { continuation in
      let delivery = Delivery(continuation)
      continuation.onTermination = { _ in delivery.stop() }
      queue.start {
        do {
          try make(sentence, delivery)
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  private func make(_ sentence: String, _ delivery: Delivery) throws {
    guard delivery.isWanted else { return }
    var parser = WaveStream()
    let (name, arguments) =
      switch choice {
      case .espeak: ("espeak-ng", ["-v", "en-us", "--stdin", "--stdout"])
      case .flite: ("flite", ["-voice", "slt", "-t", sentence, "-o", "/dev/stdout"])
      }
    var isBegun = false
    try Program.run(name, arguments, input: choice == .espeak ? sentence : "", part: .voice) { piece in
      guard let sound = parser.take(piece) else { return true }
      if !isBegun { delivery.begin(rate: sound.rate) }
      isBegun = true
      return sound.samples.withUnsafeBufferPointer { delivery.take($0) }
    }
    if delivery.isWanted, !isBegun { throw BackEndFailure(.voice, "the program \(name) made no sound") }
  }
}

/// Reads 16-bit mono WAV while it arrives. Lengths in the header are ignored: programs that write to a pipe do not know them.
struct WaveStream {
  private static let header = 44
  private var pending = Data()
  private var rate: Int?

  /// The samples, as -1…1, that are complete with this piece. Nil while the header is not.
  mutating func take(_ piece: Data) -> (rate: Int, samples: [Float])? {
    pending += piece
    if rate == nil {
      guard pending.count >= Self.header else { return nil }
      let bytes = [UInt8](pending.prefix(Self.header))
      rate = Int(bytes[24]) | Int(bytes[25]) << 8 | Int(bytes[26]) << 16
      pending.removeFirst(Self.header)
    }
    guard let rate else { return nil }
    let bytes = [UInt8](pending.prefix(pending.count & ~1))
    pending.removeFirst(bytes.count)
    let samples = stride(from: 0, to: bytes.count, by: 2).map { index in
      Float(Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)) / 32768
    }
    return (rate, samples)
  }
}
