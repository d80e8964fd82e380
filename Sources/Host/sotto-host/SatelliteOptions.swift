import ArgumentParser
import Assistant
import Foundation
import HostLink
import Satellite
import Wyoming

/// Whether paired glasses are presented to a smart home.
struct SatelliteOptions: ParsableArguments {
  @Option(
    name: .customLong("satellite"),
    help: ArgumentHelp(
      """
      Present each paired pair of glasses to Home Assistant as a Wyoming satellite: the first at this port, the next at the next one. \
      127.0.0.1:10700 is for a Home Assistant on this machine.
      """, valueName: "host:port"))
  var text: String?

  @Flag(
    name: .customLong("satellite-plaintext"),
    help: """
      Let --satellite listen on a network. Wyoming has no encryption and no password: everyone there can hear what is said to it.
      """)
  var allowsNetwork = false

  var address: WyomingAddress? { text.flatMap { WyomingAddress($0) } }

  func validate() throws {
    guard let text else {
      if allowsNetwork { throw ValidationError("--satellite-plaintext says nothing without --satellite HOST:PORT") }
      return
    }
    guard let address else {
      throw ValidationError("\"\(text)\" is no address: write --satellite HOST:PORT, such as 127.0.0.1:10700")
    }
    guard allowsNetwork || NetworkPolicy.isLoopback(address.host) else {
      throw ValidationError(
        "\(address.host) is reached from the network, and Wyoming has no encryption and no password: everyone there could hear what the "
          + "wearer says to it and make the glasses speak. Say --satellite-plaintext too if you want that")
    }
  }

  /// The hub, with nobody presented yet; nil when none is wanted.
  func hub(_ store: HostStore, say: @escaping @Sendable (String) -> Void) -> SatelliteHub? {
    guard let address else { return nil }
    let isLocal = NetworkPolicy.isLoopback(address.host)
    if !isLocal {
      say("satellites listen on \(address.host) without encryption: everyone in that network can hear them and make them speak")
    }
    return SatelliteHub(
      host: address.host, port: address.port, directory: store.directory, version: WyomingEncoder.version, announces: !isLocal,
      say: say)
  }
}

extension SatelliteHub {
  /// Presents what is paired now.
  func presentPaired(_ store: HostStore) async {
    await present(
      store.devices().sorted { ($0.paired, $0.name) < ($1.paired, $1.name) }
        .map { Glasses(fingerprint: $0.fingerprint.hex, name: $0.name) })
  }
}
