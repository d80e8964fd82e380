import HAL
import Runtime

/// What one of the two clients of the control port does.
struct ClientMove {
  enum Deed {
    /// A request, as it comes over the socket.
    case asks(Part, level: Int)
    case releases(Part)
    /// Its process is gone: the kernel closes the connection.
    case dies
  }

  /// 0 or 1.
  var place: Int
  var deed: Deed
}

extension Move {
  /// Nil for what is no client's doing.
  var client: ClientMove? {
    switch self {
    case .clientTakesListening: ClientMove(place: 0, deed: .asks(.processor, level: Level.processorListening))
    case .clientTakesBusy: ClientMove(place: 0, deed: .asks(.processor, level: Level.processorBusy))
    case .clientTakesSpeaker: ClientMove(place: 0, deed: .asks(.speaker, level: Level.speakerReady))
    case .clientReleasesProcessor: ClientMove(place: 0, deed: .releases(.processor))
    case .clientReleasesSpeaker: ClientMove(place: 0, deed: .releases(.speaker))
    case .clientDies: ClientMove(place: 0, deed: .dies)
    case .otherTakesListening: ClientMove(place: 1, deed: .asks(.processor, level: Level.processorListening))
    case .otherTakesBusy: ClientMove(place: 1, deed: .asks(.processor, level: Level.processorBusy))
    case .otherTakesSpeaker: ClientMove(place: 1, deed: .asks(.speaker, level: Level.speakerReady))
    case .otherReleasesProcessor: ClientMove(place: 1, deed: .releases(.processor))
    case .otherReleasesSpeaker: ClientMove(place: 1, deed: .releases(.speaker))
    case .otherDies: ClientMove(place: 1, deed: .dies)
    default: nil
    }
  }
}

/// What the two clients were told: the ground on which they stand, whatever the firmware keeps.
struct Promises: Sendable {
  private var first = PartLevels.none
  private var second = PartLevels.none

  subscript(place: Int) -> PartLevels {
    get { place == 0 ? first : second }
    set { if place == 0 { first = newValue } else { second = newValue } }
  }

  var union: PartLevels { first.union(second) }

  /// Who of the two holds what makes no difference to what can follow, since both can do the same.
  var bits: UInt64 {
    func bits(_ levels: PartLevels) -> UInt64 { UInt64(levels[.processor]) << 1 | UInt64(levels[.speaker]) }
    return max(bits(first), bits(second)) << 3 | min(bits(first), bits(second))
  }
}

/// Requests that have to be refused whatever the glasses do: camera and microphone capture people, the light has to mean that, and what shows or
/// sends belongs to the wearer's turn.
enum Overreach {
  static let lines: [String] = {
    var lines = ["lease speaker 2", "lease speaker 3", "lease processor 3", "lease processor 0"]
    for part in [Part.camera, .microphone, .indicator, .display, .link, .pins, .storage] {
      for level in 1...3 { lines.append("lease \(part.name) \(level)") }
    }
    return lines
  }()
}
