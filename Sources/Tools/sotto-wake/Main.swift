import Foundation
import Units
import Wake
import WakeStudy

/// `sotto-wake listen --models FOLDER [--no-gate] SOUND…`: plays sounds to the listener of armed glasses and does nothing else, so that its cost can be
/// counted. `sotto-wake hear --models FOLDER --out FOLDER SOUND…`: plays raw sound (16 kHz, 16 bit, mono) through the wake words of a folder and writes all
/// that they compute. `tools/bench wake` builds it, starts it, and compares.
@main struct Main {
  static func main() {
    var options: [String: String] = [:]
    var sounds: [String] = []
    var arguments = CommandLine.arguments.dropFirst()
    let command = arguments.popFirst()
    guard command == "hear" || command == "listen" else {
      fail(
        "sotto-wake hear --models FOLDER --out FOLDER SOUND…, or sotto-wake listen --models FOLDER [--no-gate] SOUND…", code: 2)
    }
    while let argument = arguments.popFirst() {
      if argument == "--no-gate" {
        options[argument] = ""
      } else if argument.hasPrefix("--") {
        guard ["--models", "--out"].contains(argument), let value = arguments.popFirst() else {
          fail("unknown argument: \(argument)", code: 2)
        }
        options[argument] = value
      } else {
        sounds.append(argument)
      }
    }
    guard let models = options["--models"], !sounds.isEmpty else {
      fail("--models and at least one sound are needed", code: 2)
    }
    do {
      let words = try WordFolder(models).words([])
      if command == "listen" {
        for sound in sounds {
          try WakeRun.play(SoundFile(sound).samples, to: words.map(\.word), isGated: options["--no-gate"] == nil)
        }
        return
      }
      guard let out = options["--out"] else { fail("--out is needed", code: 2) }
      for sound in sounds { try hear(sound, words, out) }
    } catch {
      fail(String(describing: error), code: 1)
    }
  }

  private static func fail(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("sotto-wake: \(text)\n".utf8))
    exit(code)
  }

  /// Writes, beside each other in `folder`: NAME.features (40 little-endian 16-bit numbers a frame), and for each word NAME.WORD.outputs (a byte a
  /// run) and NAME.WORD.detected (a byte a run, 1 above the cutoff).
  private static func hear(_ path: String, _ words: [NamedWord], _ folder: String) throws {
    let samples = try SoundFile(path).samples
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let extractor = FeatureExtractor()
    for word in words { word.word.reset() }
    var features: [UInt8] = []
    var outputs = [[UInt8]](repeating: [], count: words.count)
    var detected = outputs
    extractor.process(samples.span) { frame in
      for index in 0..<frame.count {
        features.append(UInt8(truncatingIfNeeded: frame[index]))
        features.append(UInt8(truncatingIfNeeded: frame[index] >> 8))
      }
      for (index, entry) in words.enumerated() {
        guard let verdict = entry.word.hear(frame) else { continue }
        outputs[index].append(verdict.output)
        detected[index].append(verdict.isDetected ? 1 : 0)
      }
    }
    try listen(samples, words, name, folder)
    func write(_ bytes: [UInt8], _ suffix: String) throws {
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name + suffix))
    }
    try write(features, ".features")
    for (index, entry) in words.enumerated() {
      try write(outputs[index], "." + entry.name + ".outputs")
      try write(detected[index], "." + entry.name + ".detected")
    }
  }

  /// Prints, a line each, when the whole listener wakes, with its gate and without, and how much of the sound the networks had to hear. Behind the gate
  /// it also writes what each word said: NAME.WORD.gated, lines of the sample that a run ended at and the mean in ten-thousandths.
  private static func listen(_ samples: [Int16], _ words: [NamedWord], _ name: String, _ folder: String) throws {
    for isGated in [true, false] {
      for entry in words { entry.word.reset() }
      let listener = WakeListener(words.map(\.word), isGated: isGated)
      var said = [String](repeating: "", count: words.count)
      if isGated {
        listener.observer = { word, verdict, at in
          guard verdict.mean > 0 else { return }
          said[word] += "\(Int((at - .zero) / .microseconds(125)) * 2) \(Int(verdict.mean * 10_000))\n"
        }
      }
      var last = [Int](repeating: -16_000, count: words.count)
      for start in stride(from: 0, to: samples.count, by: 3200) {
        let block = samples.span.extracting(start..<min(start + 3200, samples.count))
        guard let found = listener.hear(block, firstSample: .zero + .milliseconds(start / 16)) else { continue }
        let place = Int((found.at - .zero) / .milliseconds(1)) * 16
        // A word counts once in a second.
        if place - last[found.word] >= 16_000 { print(name, isGated ? "gated" : "open", words[found.word].name, place) }
        last[found.word] = place
      }
      print(name, isGated ? "gated" : "open", "heard", listener.stepsHeard, "of", listener.steps)
      guard isGated else { continue }
      for (index, entry) in words.enumerated() {
        try Data(said[index].utf8).write(to: URL(fileURLWithPath: folder + "/" + name + "." + entry.name + ".gated"))
      }
    }
  }
}
