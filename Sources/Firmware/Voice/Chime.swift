import HAL
import Units

/// The short tones of the glasses, generated: quiet, rounded at both ends so that nothing clicks, and short enough not to delay speech.
public enum Chime: UInt8, Sendable, Hashable, CaseIterable {
  /// The glasses listen: one soft step up.
  case listening = 1
  /// It did not work: one step down.
  case failure = 2
  /// A reminder is due: three notes up.
  case reminder = 3
  /// Microphone and camera go off: two steps down.
  case privacyOn = 4
  /// They may be used again: two steps up.
  case privacyOff = 5
  /// Battery or temperature: the same low note twice.
  case power = 6
  /// The wake word goes off: one step down, as softly as `listening` goes up.
  case wakeWordOff = 7
  /// The glasses hear it again: the same step up.
  case wakeWordOn = 8

  /// One note: frequency in hertz and length.
  private struct Note {
    var hertz: Double
    var milliseconds: Int
  }

  /// Peak of the tone, −20 dBFS: well below the answer's voice.
  private static let peak = 3_277.0
  /// Length of each raised-cosine edge: shorter ones click, longer ones sound soft beyond notice.
  private static let edgeMilliseconds = 12

  /// Perfect intervals around the octave of A5, where small speakers are efficient and hearing is keen.
  private var notes: InlineArray<3, Note> {
    let none = Note(hertz: 0, milliseconds: 0)
    return switch self {
    case .listening: [Note(hertz: 659.26, milliseconds: 50), Note(hertz: 987.77, milliseconds: 70), none]
    case .failure: [Note(hertz: 523.25, milliseconds: 90), Note(hertz: 392.00, milliseconds: 130), none]
    case .reminder:
      [Note(hertz: 659.26, milliseconds: 90), Note(hertz: 880.00, milliseconds: 90), Note(hertz: 1_318.51, milliseconds: 160)]
    case .privacyOn:
      [Note(hertz: 880.00, milliseconds: 60), Note(hertz: 659.26, milliseconds: 60), Note(hertz: 440.00, milliseconds: 110)]
    case .privacyOff:
      [Note(hertz: 440.00, milliseconds: 60), Note(hertz: 659.26, milliseconds: 60), Note(hertz: 880.00, milliseconds: 110)]
    case .wakeWordOff: [Note(hertz: 880.00, milliseconds: 60), Note(hertz: 587.33, milliseconds: 90), none]
    case .wakeWordOn: [Note(hertz: 587.33, milliseconds: 60), Note(hertz: 880.00, milliseconds: 90), none]
    case .power: [Note(hertz: 523.25, milliseconds: 80), Note(hertz: 523.25, milliseconds: 80), none]
    }
  }

  /// Samples of the whole tone at `AudioFormat.playbackRate`.
  public var sampleCount: Int {
    let notes = notes
    var total = 0
    for index in notes.indices { total += Self.samples(notes[index].milliseconds) }
    return total
  }

  public var duration: Duration { SampleTime.duration(of: sampleCount, rate: AudioFormat.playbackRate) }

  /// Writes the tone from its start as far as it fits; returns samples written.
  public func write(into samples: inout MutableSpan<Int16>) -> Int {
    let notes = notes
    var position = 0
    for index in notes.indices {
      let length = Self.samples(notes[index].milliseconds)
      let edge = Self.samples(Self.edgeMilliseconds)
      // Tone and edge are phasors turned by a fixed angle per sample: no table, no library.
      var tone = Phasor(turning: notes[index].hertz / Double(AudioFormat.playbackRate))
      var rise = Phasor(turning: 0.5 / Double(edge))
      var fall = Phasor(turning: 0.5 / Double(edge))
      for sample in 0..<length {
        guard position < samples.count else { return position }
        var gain = 1.0
        if sample < edge {
          gain = (1 - rise.real) / 2
          rise.turn()
        } else if sample >= length - edge {
          fall.turn()
          gain = (1 + fall.real) / 2
        }
        samples[position] = Int16((tone.imaginary * gain * Self.peak).rounded())
        tone.turn()
        position += 1
      }
    }
    return position
  }

  private static func samples(_ milliseconds: Int) -> Int { AudioFormat.playbackRate * milliseconds / 1_000 }
}

/// A unit vector that turns by a fixed part of a circle per step.
private struct Phasor {
  private(set) var real = 1.0
  private(set) var imaginary = 0.0
  private let stepReal: Double
  private let stepImaginary: Double

  /// `turning` in circles per step, at most 1/8: the series below are exact to double precision there.
  init(turning: Double) {
    let angle = turning * 2 * Double.pi
    let square = angle * angle
    var cosine = 1.0
    var sine = angle
    var cosineTerm = 1.0
    var sineTerm = angle
    var n = 1.0
    while n < 18 {
      cosineTerm *= -square / (n * (n + 1))
      sineTerm *= -square / ((n + 1) * (n + 2))
      cosine += cosineTerm
      sine += sineTerm
      n += 2
    }
    stepReal = cosine
    stepImaginary = sine
  }

  mutating func turn() {
    (real, imaginary) = (real * stepReal - imaginary * stepImaginary, real * stepImaginary + imaginary * stepReal)
  }
}
