/// A sentence of an answer and how much sound it became.
struct SpokenSentence: Sendable {
  /// Empty for what is no part of the answer.
  var words: String
  /// At `SampleRate.spoken`.
  var samples: Int
}

extension [SpokenSentence] {
  /// The words that were heard when so much of the sound was: whole sentences, and of the one that was cut the words that its share of the sound
  /// has room for. A voice gives no times for its words; they are taken to last as long as they are written.
  func heard(milliseconds: Int) -> String {
    var left = Swift.max(0, milliseconds) * SampleRate.spoken / 1000
    var heard: [String] = []
    for sentence in self {
      if left >= sentence.samples {
        heard.append(sentence.words)
        left -= sentence.samples
      } else {
        heard.append(Self.beginning(of: sentence, left))
        break
      }
    }
    return heard.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static func beginning(of sentence: SpokenSentence, _ samples: Int) -> String {
    let words = sentence.words.split(separator: " ")
    let letters = words.reduce(0) { $0 + $1.count + 1 }
    var said = 0
    let heard = words.prefix { word in
      said += word.count + 1
      return said * sentence.samples <= samples * letters
    }
    return heard.joined(separator: " ")
  }
}
