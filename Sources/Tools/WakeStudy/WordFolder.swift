import Foundation
import Units
import Wake

/// A folder of wake words: each a `NAME.json` with its model beside it. Those that cannot be used are in it too, with the reason.
public struct WordFolder {
  public struct Entry {
    /// The manifest's file name without its ending.
    public var name: String
    /// What the manifest says; nil when it cannot be read.
    public var description: WakeWordDescription?
    /// Bytes of the model; nil when the file is not there.
    public var model: [UInt8]?
    /// Why the word cannot be used, in plain words; nil when it can.
    public var reason: String?

    /// The word, ready to listen. Each call makes one of its own.
    public func word(_ sensitivity: WakeSensitivity = .normal) throws -> WakeWord {
      guard let description, let model, reason == nil else { throw StudyError(reason ?? "it cannot be used") }
      return try WakeWord(description, model: model, sensitivity: sensitivity)
    }
  }

  public let path: String
  /// By name.
  public private(set) var entries: [Entry] = []

  /// Where set-up puts them: `models/wake` in the cache.
  public static var installed: String {
    let environment = ProcessInfo.processInfo.environment
    let cache =
      if let cache = environment["SOTTO_CACHE"], !cache.isEmpty {
        cache
      } else if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty {
        cache + "/sotto"
      } else {
        NSHomeDirectory() + "/.cache/sotto"
      }
    return cache + "/models/wake"
  }

  public init(_ path: String) throws(StudyError) {
    self.path = path
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw StudyError("there is no folder \(path): tools/setup installs wake words, or name another with --models")
    }
    for file in files.sorted() where file.hasSuffix(".json") { entries.append(Self.entry(file, in: path)) }
    guard !entries.isEmpty else {
      throw StudyError("\(path) holds no wake word: each is a NAME.json with its .tflite beside it (docs/wake.md)")
    }
  }

  private static func entry(_ file: String, in folder: String) -> Entry {
    var entry = Entry(name: String(file.dropLast(5)))
    do throws(WakeWordError) {
      guard let json = contents(folder + "/" + file, upTo: WakeWordDescription.longestFile) else {
        entry.reason = "\(file) cannot be read, or is larger than \(WakeWordDescription.longestFile) bytes"
        return entry
      }
      let description = try WakeWordDescription(json: json)
      entry.description = description
      guard let model = contents(folder + "/" + description.model, upTo: WakeWordDescription.longestModel) else {
        entry.reason = "its model \(description.model) is not there, cannot be read, or is larger than 1 MiB"
        return entry
      }
      entry.model = model
      _ = try WakeWord(description, model: model)
    } catch {
      entry.reason = text { error.describe(in: &$0) }
    }
    return entry
  }

  private static func contents(_ path: String, upTo limit: Int) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: limit + 1), data.count <= limit
    else { return nil }
    return [UInt8](data)
  }

  /// The words that are asked for, each as `NAME` or `NAME SENSITIVITY`; all of them when none is. `sensitivity` is for those that state none.
  public func words(_ asked: [String], sensitivity: WakeSensitivity = .normal) throws(StudyError) -> [NamedWord] {
    guard !asked.isEmpty else {
      let words = try entries.filter { $0.reason == nil }.map { entry throws(StudyError) in try word(entry, sensitivity) }
      guard !words.isEmpty else { throw StudyError("no word in \(path) can be used; `sotto wake models` says why") }
      return words
    }
    return try asked.map { text throws(StudyError) in
      let choice: WakeWordChoice
      do throws(WakeWordChoice.Problem) {
        choice = try WakeWordChoice(entry: text)
      } catch {
        throw StudyError("\"\(error.entry)\" \(error.reason)")
      }
      guard let entry = entries.first(where: { $0.name == choice.name }) else {
        throw StudyError("\(path) has no word \"\(choice.name)\"; it has \(entries.map(\.name).joined(separator: ", "))")
      }
      return try word(entry, text.contains(" ") ? choice.sensitivity : sensitivity)
    }
  }

  private func word(_ entry: Entry, _ sensitivity: WakeSensitivity) throws(StudyError) -> NamedWord {
    do {
      return NamedWord(name: entry.name, word: try entry.word(sensitivity))
    } catch {
      throw StudyError("the wake word \(entry.name) of \(path) cannot be used: \(entry.reason ?? "\(error)")")
    }
  }
}

/// A word under the name of its file.
public struct NamedWord {
  public var name: String
  public var word: WakeWord
}

/// What went wrong, in plain words.
public struct StudyError: Error, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

func text(_ write: (inout TextBuffer) -> Void) -> String {
  var buffer = TextBuffer()
  write(&buffer)
  return String(decoding: buffer.bytes, as: UTF8.self)
}
