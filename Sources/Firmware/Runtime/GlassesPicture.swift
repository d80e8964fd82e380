import Engagement
import HAL
import Power
import Units
import Wire

/// Where the picture of the present turn stands.
struct PictureProgress: Sendable {
  enum Stage: Sendable, Hashable { case none, wanted, taking }
  private(set) var stage = Stage.none

  mutating func want() { stage = .wanted }
  mutating func take() { stage = .taking }
  mutating func reset() { stage = .none }
}

extension Glasses {
  /// Takes the still as soon as the camera may be used: with the light on and verified.
  func takeStillIfReady(at now: Instant) {
    guard picture.stage == .wanted, leases.camera.state(broker) == .held, let camera = board.camera else { return }
    // The light may have been on for the microphone already, for a while.
    guard verifyLight(at: now) else { return pictureFailed(failure(of: .indicator, "read-back"), at: now) }
    picture.take()
    pictureDeadline = now + description.camera.deadline
    do throws(DeviceError) {
      try camera.takeStill()
    } catch {
      pictureFailed(error, at: now)
    }
  }

  /// Sends the picture straight from the camera's buffer, in pieces.
  func sendPicture(at now: Instant) {
    guard picture.stage == .taking, let camera = board.camera, let info = camera.still else { return }
    picture.reset()
    pictureDeadline = nil
    let turn = engagement.turn
    camera.withStill { bytes in
      tracer.mark("picture_taken", turn: turn, at: now) {
        $0.add("bytes", bytes.count)
        $0.add("width", info.width)
        $0.add("height", info.height)
      }
      var offset = 0
      while offset < bytes.count {
        let end = min(offset + Frame.picturePiece, bytes.count)
        let piece = PictureChunk(
          turn: turn, format: UInt32(info.format.rawValue), width: UInt32(info.width), height: UInt32(info.height),
          rotation: UInt32(info.rotation), offset: UInt32(offset), totalBytes: UInt32(bytes.count))
        _ = connection?.sendPicture(piece, bytes: bytes.extracting(offset..<end))
        offset = end
      }
    }
    camera.release()
    pushOutput(at: now)
    inbox.append(.pictureSettled)
  }

  /// The host is told and answers without it.
  func pictureFailed(_ error: DeviceError, at now: Instant) {
    guard picture.stage != .none else { return }
    picture.reset()
    pictureDeadline = nil
    board.camera?.cancel()
    report(error, at: now)
    send(.pictureFailed(PictureFailed(turn: engagement.turn, cause: UInt32(error.cause.rawValue))))
    // Without the light nothing may be captured at all; without a camera the turn goes on.
    inbox.append(error.part == .indicator ? .captureFailed(error) : .pictureSettled)
  }
}
