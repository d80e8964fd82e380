import CTesseract
import Foundation

/// A printed word and where it stands.
struct PrintedWord: Sendable, Equatable {
  var text: String
  /// 0…100, as the engine judges itself.
  var confidence: Float
  var box: PixelBox
  /// Words with the same number stand in one line.
  var line: Int

  func scaled(by factor: Float) -> PrintedWord {
    var word = self
    word.box = PixelBox(
      left: Int(Float(box.left) * factor), top: Int(Float(box.top) * factor), right: Int(Float(box.right) * factor),
      bottom: Int(Float(box.bottom) * factor))
    return word
  }
}

/// The loaded Tesseract engine with its English model.
///
/// Not sendable: used on the reader's own thread.
final class TesseractEngine {
  /// A busy scene can keep the engine for a long time; what it found until then counts, in milliseconds.
  private static let patience: Int32 = 2500

  private let api: OpaquePointer

  init() throws(BackEndFailure) {
    sotto_tesseract_use_one_thread()
    guard let created = TessBaseAPICreate() else {
      throw BackEndFailure(.imageReader, "there is not enough memory for Tesseract")
    }
    guard TessBaseAPIInit3(created, nil, "eng") == 0 else {
      TessBaseAPIDelete(created)
      throw BackEndFailure(.imageReader, "Tesseract's English model is missing; run tools/setup")
    }
    TessBaseAPISetVariable(created, "debug_file", "/dev/null")
    api = created
  }

  deinit {
    TessBaseAPIEnd(api)
    TessBaseAPIDelete(api)
  }

  /// The words in a grey picture, in reading order.
  func words(in picture: Raster, layout: TessPageSegMode) -> [PrintedWord] {
    TessBaseAPISetPageSegMode(api, layout)
    TessBaseAPISetImage2(api, picture.pix)
    // The engine wants to know the print's resolution; of a scene there is none. 70 is what it assumes, without a message.
    TessBaseAPISetSourceResolution(api, 70)
    let monitor = TessMonitorCreate()
    defer {
      TessMonitorDelete(monitor)
      TessBaseAPIClear(api)
    }
    TessMonitorSetDeadlineMSecs(monitor, Self.patience)
    guard TessBaseAPIRecognize(api, monitor) == 0, let results = TessBaseAPIGetIterator(api) else { return [] }
    defer { TessResultIteratorDelete(results) }
    let page = TessResultIteratorGetPageIterator(results)
    var words: [PrintedWord] = []
    var line = 0
    repeat {
      if TessPageIteratorIsAtBeginningOf(page, RIL_TEXTLINE) != 0 { line += 1 }
      guard let text = TessResultIteratorGetUTF8Text(results, RIL_WORD) else { continue }
      defer { TessDeleteText(text) }
      var (left, top, right, bottom): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
      TessPageIteratorBoundingBox(page, RIL_WORD, &left, &top, &right, &bottom)
      words.append(
        PrintedWord(
          text: String(cString: text), confidence: TessResultIteratorConfidence(results, RIL_WORD),
          box: PixelBox(left: Int(left), top: Int(top), right: Int(right), bottom: Int(bottom)), line: line))
    } while TessResultIteratorNext(results, RIL_WORD) != 0
    return words
  }
}
