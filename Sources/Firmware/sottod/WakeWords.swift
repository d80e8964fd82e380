import HAL
import Units
import Wake

extension Main {
  /// The wake words that the board file names, from their folder. One that cannot be used ends the program: glasses that do not listen for what they
  /// should would only seem to be broken.
  static func wakeWords(of description: BoardDescription, in folder: String) -> [WakeWord] {
    guard !description.listening.wakeWords.utf8.isEmpty else { return [] }
    var words: [WakeWord] = []
    for choice in choices(of: description) {
      let path = folder + "/" + choice.name + ".json"
      do throws(WakeWordError) {
        let manifest = try WakeWordDescription(json: file(path, upTo: WakeWordDescription.longestFile + 1, "The wake word "))
        let model = file(folder + "/" + manifest.model, upTo: WakeWordDescription.longestModel + 1, "The model ")
        words.append(try WakeWord(manifest, model: model, sensitivity: choice.sensitivity))
      } catch {
        var text = TextBuffer()
        error.describe(in: &text)
        fail("The wake word " + path + " cannot be used: " + String(decoding: text.bytes, as: UTF8.self) + ".")
      }
    }
    return words
  }

  private static func choices(of description: BoardDescription) -> [WakeWordChoice] {
    do throws(WakeWordChoice.Problem) {
      return try WakeWordChoice.list(description.listening.wakeWords)
    } catch {
      var text = TextBuffer()
      text.append("The board file's listening.wake_words cannot be used: \"")
      text.append(error.entry)
      text.append("\" ")
      text.append(error.reason)
      text.append(".")
      fail(String(decoding: text.bytes, as: UTF8.self))
    }
  }
}
