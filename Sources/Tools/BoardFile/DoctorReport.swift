import Foundation

/// What `sottod --doctor --json` found, as far as a board file can be drafted from it. docs/doctor.md describes the keys.
public struct DoctorReport: Sendable {
  struct Line: Sendable {
    var chip: String
    var name: String
  }

  var machine = ""
  var cameras: [String] = []
  var microphones: [String] = []
  var speakers: [String] = []
  /// The first connected display, as a board file names it, with its panel's own size.
  var display: (name: String, width: Int64, height: Int64)?
  var batteries: [String] = []
  var thermalZones: [String] = []
  /// GPIO lines that have a name.
  var lines: [Line] = []

  /// Reads the doctor's JSON.
  public init(json: Data) throws(BoardFileError) {
    guard let top = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any],
      top["schema"] as? String == "sotto-doctor 1",
      let parts = top["parts"] as? [[String: Any]]
    else {
      throw BoardFileError([
        BoardFileProblem(
          file: "the doctor's report", key: "schema", message: "is not \"sotto-doctor 1\": use `sotto doctor --json`")
      ])
    }
    machine = top["machine"] as? String ?? ""
    for part in parts {
      for device in part["devices"] as? [[String: Any]] ?? [] { add(device, of: part["part"] as? String ?? "") }
    }
  }

  private mutating func add(_ device: [String: Any], of part: String) {
    let path = device["path"] as? String
    switch part {
    case "camera":
      guard let path, let formats = device["formats"] as? [Any], !formats.isEmpty else { return }
      let stays = device["by_path"] as? String ?? ""
      cameras.append(stays.isEmpty ? path : "/dev/v4l/by-path/\(stays)")
    case "microphone": if let name = device["name"] as? String { microphones.append(name) }
    case "speaker": if let name = device["name"] as? String { speakers.append(name) }
    case "display": addDisplay(device)
    case "battery": if let path { batteries.append(path) }
    case "thermal": if let path { thermalZones.append(path) }
    case "pins":
      for line in device["lines"] as? [[String: Any]] ?? [] {
        guard let name = line["name"] as? String, !name.isEmpty else { continue }
        lines.append(Line(chip: device["label"] as? String ?? path ?? "", name: name))
      }
    default: return
    }
  }

  private mutating func addDisplay(_ device: [String: Any]) {
    guard display == nil, let driver = device["driver"] as? String else { return }
    for connector in device["connectors"] as? [[String: Any]] ?? [] where connector["connected"] as? Bool == true {
      let modes = connector["modes"] as? [[String: Any]] ?? []
      guard let name = connector["name"] as? String,
        let mode = modes.first(where: { $0["preferred"] as? Bool == true }) ?? modes.first,
        let width = mode["width"] as? Int, let height = mode["height"] as? Int
      else { continue }
      display = ("drm:\(driver)#\(name)", Int64(width), Int64(height))
      return
    }
  }
}
