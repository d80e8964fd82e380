import Assistant
import Foundation
import Synchronization
import Wyoming

/// Presents paired glasses to a smart home, each as a satellite of its own.
public actor SatelliteHub {
  /// A pair of glasses.
  public struct Glasses: Sendable, Hashable {
    public var fingerprint: String
    public var name: String
    public init(fingerprint: String, name: String) {
      self.fingerprint = fingerprint
      self.name = name
    }
  }

  private let host: String
  private let firstPort: Int
  private let places: SatellitePlaces
  private let version: String
  private let say: @Sendable (String) -> Void
  private let announces: Bool
  private var servers: [String: SatelliteServer] = [:] {
    didSet {
      let links = servers.mapValues { $0.link }
      known.withLock { $0 = links }
    }
  }
  /// For turns, which begin on other threads.
  private nonisolated let known = Mutex<[String: SatelliteLink]>([:])
  private var announcements: [String: Announcement] = [:]

  /// `directory` keeps which pair has which port. `say` is told in words what a person should know; `announces` tells the local network.
  public init(
    host: String, port: Int, directory: String, version: String, announces: Bool, say: @escaping @Sendable (String) -> Void
  ) {
    self.host = host
    firstPort = port
    places = SatellitePlaces(path: directory + "/satellites.json")
    self.version = version
    self.announces = announces
    self.say = say
  }

  /// Presents these and no others. One whose port cannot be had is left out, and a person is told.
  public func present(_ glasses: [Glasses]) async {
    for gone in servers.keys where !glasses.contains(where: { $0.fingerprint == gone }) {
      servers.removeValue(forKey: gone)?.stop()
      announcements.removeValue(forKey: gone)?.stop()
    }
    for one in glasses where servers[one.fingerprint] == nil {
      do {
        let port = firstPort == 0 ? 0 : firstPort + (try places.place(of: one.fingerprint))
        let say = say
        let server = try await SatelliteServer.start(name: one.name, host: host, port: port, version: version) {
          say("\(one.name): \($0)")
        }
        servers[one.fingerprint] = server
        say("\(one.name) is a satellite at \(server.address)")
        if announces { announcements[one.fingerprint] = try Announcement(name: one.name, port: server.address.port) }
      } catch {
        say("\(one.name): \(error)")
      }
    }
  }

  /// A turn of these glasses, which the smart home answers when it is there.
  public nonisolated func turn(_ context: TurnContext, own: any TurnHandling) -> any TurnHandling {
    known.withLock { $0[context.deviceIdentifier] }.map { SatelliteTurn(link: $0, own: own) } ?? own
  }

  /// Where each pair is presented, by its fingerprint.
  public var addresses: [String: String] { servers.mapValues { "\($0.address)" } }

  public func stop() {
    for server in servers.values { server.stop() }
    for announcement in announcements.values { announcement.stop() }
    servers = [:]
    announcements = [:]
  }
}

/// Which pair of glasses has which port, counted from the first: kept, because a smart home knows a satellite by its port.
struct SatellitePlaces {
  let path: String

  /// The place of a pair; a new one gets the lowest that is free. Throws when it cannot be kept.
  func place(of fingerprint: String) throws -> Int {
    let data = FileManager.default.contents(atPath: path) ?? Data("{}".utf8)
    guard var places = try? JSONDecoder().decode([String: Int].self, from: data) else {
      throw WyomingFailure.malformed("\(path) is damaged: remove it, and add the satellites in the smart home anew")
    }
    if let known = places[fingerprint], known >= 0 { return known }
    let taken = Set(places.values)
    let place = (0...taken.count).first { !taken.contains($0) } ?? taken.count
    places[fingerprint] = place
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try encoder.encode(places).write(to: URL(fileURLWithPath: path), options: .atomic)
    return place
  }
}
