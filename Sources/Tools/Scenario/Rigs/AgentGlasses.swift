import Foundation
import Units

/// The firmware that an agent runs on other hardware, with the agent's hands on its button, sensor, microphone and camera.
final class AgentGlasses: GlassesProgram {
  private let agent: Agent

  /// Starts the firmware with the board file that lies in the share.
  init(_ agent: Agent, host: String, seed: UInt64) {
    self.agent = agent
    agent.start(host: host, seed: seed)
  }

  var isRunning: Bool { agent.isRunning }
  func stimulate(_ line: String) { agent.send(line) }
  func askToEnd() { agent.send("stop") }

  func say(_ sound: String) throws(RigError) { agent.send("say " + (try copy(sound))) }

  func look(_ picture: String) throws(RigError) {
    // A picture that is not there is a camera that gives none.
    guard FileManager.default.fileExists(atPath: picture) else { return agent.send("look nothing") }
    agent.send("look " + (try frame(picture)))
  }

  var sleeps: Int? {
    guard let words = agent.ask("sleeps"), words.count == 2 else { return nil }
    return Int(words[1])
  }

  func stop() { end(by: "stop") }
  func kill() { end(by: "kill") }

  private func end(by line: String) {
    guard agent.isRunning else { return }
    agent.send(line)
    let deadline = Date().addingTimeInterval(10)
    while agent.isRunning, Date() < deadline { usleep(10_000) }
  }

  // MARK: Files

  /// The name below the share of a copy of the file.
  private func copy(_ path: String) throws(RigError) -> String {
    let name = try freshName((path as NSString).pathExtension)
    do {
      try FileManager.default.copyItem(atPath: path, toPath: agent.share + "/" + name)
    } catch {
      throw RigError("\(path) cannot be copied to the glasses' share: \(plainReason(error))")
    }
    return name
  }

  /// Width and height of what the camera before the rig's pictures gives.
  static let frame = (width: 1280, height: 960)

  /// The name below the share of the picture as a JPEG frame of the camera's size.
  private func frame(_ picture: String) throws(RigError) -> String {
    let name = try freshName("jpg")
    let size = "\(Self.frame.width)x\(Self.frame.height)"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/convert")
    process.arguments = [
      picture, "-resize", size, "-background", "grey", "-gravity", "center", "-extent", size, "-sampling-factor", "4:2:0",
      "-quality", "90", agent.share + "/" + name,
    ]
    do { try process.run() } catch {
      throw RigError("/usr/bin/convert cannot be started: tools/setup installs it (package imagemagick)")
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw RigError("\(picture) could not be made into a camera's frame") }
    return name
  }

  /// A name that no file had: one in use is never written again.
  private func freshName(_ ending: String) throws(RigError) -> String {
    try makeFolder(agent.share + "/media")
    return "media/\(UUID().uuidString).\(ending)"
  }
}
