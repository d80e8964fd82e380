import HAL
import Units
import Wake

extension Main {
  /// The wake words that the board file names, from their folder. One that cannot be used ends the program: glasses that do not listen for what they
  /// should would only seem to be broken.
  static func wakeWords(of description: BoardDescription, in folder: String) -> [WakeWord] {
    var words: [WakeWord] = []
    for name in description.listening.wakeWords.utf8.split(separator: UInt8(ascii: ",")) {
      let name = String(decoding: trimmed(name), as: UTF8.self)
      let path = folder + "/" + name + ".json"
      do throws(WakeWordError) {
        let manifest = try WakeWordDescription(json: file(path, upTo: WakeWordDescription.longestFile + 1, "The wake word "))
        let model = file(folder + "/" + manifest.model, upTo: WakeWordDescription.longestModel + 1, "The model ")
        words.append(try WakeWord(manifest, model: model))
      } catch {
        var text = TextBuffer()
        error.describe(in: &text)
        fail("The wake word " + path + " cannot be used: " + String(decoding: text.bytes, as: UTF8.self) + ".")
      }
    }
    return words
  }

  private static func trimmed(_ name: Substring.UTF8View) -> Substring.UTF8View {
    var name = name
    while name.first == UInt8(ascii: " ") { name = name.dropFirst() }
    while name.last == UInt8(ascii: " ") { name = name.dropLast() }
    return name
  }
}
