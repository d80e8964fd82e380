import Engagement
import HAL
import Power
import Units
import Wire

/// Where the picture of the present turn stands.
package struct PictureProgress: Sendable, Hashable {
  /// `lit`: the light was seen to be on just now.
  package enum Stage: UInt8, Sendable { case none, wanted, lit, taking }
  package private(set) var stage = Stage.none

  mutating func want() { stage = .wanted }
  mutating func light() { if stage == .wanted { stage = .lit } }
  mutating func take() { stage = .taking }
  mutating func reset() { stage = .none }
}

extension Glasses {
  /// Takes the still: the light has just been seen to be on.
  func takeStill(at now: Instant) {
    guard let camera = board.camera else { return pictureFailed(DeviceError(.camera, "take", .absent), at: now) }
    pictureDeadline = now + description.camera.deadline
    do throws(DeviceError) {
      try camera.takeStill()
    } catch {
      pictureFailed(error, at: now)
    }
  }

  /// Sends the picture straight from the camera's buffer, in pieces.
  func sendPicture(at now: Instant) {
    guard conductor.picture.stage == .taking, let camera = board.camera, let info = camera.still else { return }
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
    conductor.pictureTaken()
  }

  /// Policy does not allow a picture: the host answers without it.
  func refusePicture(at now: Instant) {
    pictureDeadline = nil
    board.camera?.cancel()
    tracer.mark("picture_refused", turn: engagement.turn, at: now)
    send(.pictureFailed(PictureFailed(turn: engagement.turn, cause: UInt32(FailureCause.forbidden.rawValue))))
  }

  /// The host is told and answers without it.
  func pictureFailed(_ error: DeviceError, at now: Instant) {
    guard conductor.pictureFailed(error) else { return }
    pictureDeadline = nil
    board.camera?.cancel()
    report(error, at: now)
    send(.pictureFailed(PictureFailed(turn: engagement.turn, cause: UInt32(error.cause.rawValue))))
  }
}
