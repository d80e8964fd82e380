import BoardFile
import Foundation
import Units

/// Why a clip or picture cannot be had. `isSetUp` tells what only set-up brings from what the scenario got wrong.
public struct MediaError: Error, Sendable, Equatable, CustomStringConvertible {
  public var message: String
  /// The scenario is fine, but this machine lacks the data.
  public var isLackOfSetUp: Bool

  public var description: String { message }
}

/// Finds the clips and pictures that scenarios name:
///
/// - `human:cards/001`, `human:goforward`: recorded speech of Debian's pocketsphinx-testdata;
/// - `made:NAME`: what set-up made, in `$SOTTO_CACHE/media`;
/// - `tone:DURATION`: a synthetic hum as loud as speech, for where words do not matter;
/// - `cough:DURATION`: a burst of noise that dies away;
/// - anything else: a path, relative to the scenario file.
public struct Media: Sendable {
  public static let humanFolder = "/usr/share/pocketsphinx/test/data"

  private let folder: String
  private let scratch: String
  private let cache: String

  /// `folder` is where relative paths begin, `scratch` a folder for what is made on the way.
  public init(folder: String, scratch: String) {
    self.folder = folder
    self.scratch = scratch
    cache = Self.cacheFolder
  }

  /// `$SOTTO_CACHE`, else `$XDG_CACHE_HOME/sotto`, else `~/.cache/sotto`: where set-up puts what it fetched and made.
  public static var cacheFolder: String {
    let environment = ProcessInfo.processInfo.environment
    if let cache = environment["SOTTO_CACHE"], !cache.isEmpty { return cache }
    if let cache = environment["XDG_CACHE_HOME"], !cache.isEmpty { return cache + "/sotto" }
    return NSHomeDirectory() + "/.cache/sotto"
  }

  /// The path of a WAV file.
  public func clip(_ name: String) throws -> String {
    if let clip = name.removingPrefix("human:") { return try human(clip) }
    if let clip = name.removingPrefix("made:") { return try made(clip, endings: ["wav"]) }
    if let length = name.removingPrefix("tone:") { return try synthetic("tone", length, WAVFile.hum) }
    if let length = name.removingPrefix("cough:") { return try synthetic("cough", length, WAVFile.cough) }
    guard FileManager.default.fileExists(atPath: path(name)) else {
      throw MediaError(message: "say: there is no \(path(name)); paths begin at the scenario's folder", isLackOfSetUp: false)
    }
    return path(name)
  }

  /// The path of a picture, or of a folder of them.
  public func picture(_ name: String) throws -> String {
    if let picture = name.removingPrefix("made:") { return try made(picture, endings: ["jpg", "jpeg", "png"]) }
    // A path that leads nowhere is passed on: how the glasses take a camera without a picture is for the scenario to say.
    return path(name)
  }

  /// The paths of everything that a scenario says and looks at, by name: whether it can be had is known before it is played.
  func paths(for scenario: Scenario) throws -> [String: String] {
    var paths: [String: String] = [:]
    for entry in scenario.timeline {
      switch entry.stimulus {
      case .say(let name)? where paths[name] == nil: paths[name] = try clip(name)
      case .look(let name)? where paths[name] == nil: paths[name] = try picture(name)
      case .say, .look, .press, .tap, .tilt, .wear, .type, .battery, .charging, .temperature, .time, .network, .outage, .weather,
        .indicator,
        .host, .glasses,
        nil:
        break
      }
    }
    return paths
  }

  private func path(_ name: String) -> String { name.hasPrefix("/") ? name : folder + "/" + name }

  private func human(_ name: String) throws -> String {
    guard FileManager.default.fileExists(atPath: Self.humanFolder) else {
      throw MediaError(
        message: "human:\(name) needs the recorded speech of Debian's pocketsphinx-testdata: run tools/setup", isLackOfSetUp: true
      )
    }
    let wave = "\(Self.humanFolder)/\(name).wav"
    if FileManager.default.fileExists(atPath: wave) { return wave }
    let raw = "\(Self.humanFolder)/\(name).raw"
    guard let samples = FileManager.default.contents(atPath: raw) else {
      throw MediaError(message: "human:\(name): there is no \(wave) and no \(raw)", isLackOfSetUp: false)
    }
    // The raw clips are 16-bit little-endian mono at 16 kHz.
    return try write(WAVFile.data(samples, rate: 16_000), as: "human-\(name.replacingOccurrences(of: "/", with: "-")).wav")
  }

  private func made(_ name: String, endings: [String]) throws -> String {
    for ending in endings {
      let path = "\(cache)/media/\(name).\(ending)"
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    let others = ((try? FileManager.default.contentsOfDirectory(atPath: cache + "/media")) ?? [])
      .filter { endings.contains(($0 as NSString).pathExtension) }.map { ($0 as NSString).deletingPathExtension }.sorted()
    let choice = others.isEmpty ? "" : ", which holds \(others.joined(separator: ", ")): correct the name, or"
    throw MediaError(
      message: "made:\(name) is not in \(cache)/media\(choice.isEmpty ? ":" : choice) run tools/setup", isLackOfSetUp: true)
  }

  private func synthetic(_ kind: String, _ length: String, _ sound: (Duration) -> Data) throws -> String {
    guard let duration = DurationText.parse(length), duration > .zero, duration <= .seconds(120) else {
      throw MediaError(message: "\(kind):\(length): the length is not a duration up to 2 min", isLackOfSetUp: false)
    }
    return try write(
      WAVFile.data(sound(duration), rate: 16_000), as: "\(kind)-\(length.replacingOccurrences(of: " ", with: "")).wav")
  }

  private func write(_ data: Data, as name: String) throws -> String {
    let path = scratch + "/" + name
    do {
      try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
      try data.write(to: URL(fileURLWithPath: path))
    } catch {
      throw MediaError(message: "cannot write \(path): \(error.localizedDescription)", isLackOfSetUp: true)
    }
    return path
  }
}

extension String {
  func removingPrefix(_ prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
