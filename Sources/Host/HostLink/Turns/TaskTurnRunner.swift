import Assistant
import NIOCore
import Synchronization
import Units

/// Runs a turn as one task: the inputs in order, each to its end. `cancel` cancels that task, waits for it, and then tells the
/// turn, so that the assistant's memory is written by one at a time.
final class TaskTurnRunner: TurnRunner {
  private enum Input: Sendable {
    case sound(lost: Int, opus: [UInt8])
    case turn(TurnInput)
    case bitrate(Int32)
  }

  private let turn: any TurnHandling
  private let device: String
  private let ledger: TurnLedger
  private let inputs: AsyncStream<Input>.Continuation
  private let task: Task<Void, Never>

  /// `report` is called in order, and is waited for: it returns when the session can take more.
  init(
    _ turn: any TurnHandling, of device: String, ledger: TurnLedger, report: @escaping @Sendable (TurnReport) async -> Void,
    warn: @escaping @Sendable (String) -> Void
  ) {
    self.turn = turn
    self.device = device
    self.ledger = ledger
    ledger.enter(device)
    let pipe = AsyncStream.makeStream(of: Input.self)
    let stream = pipe.stream
    inputs = pipe.continuation
    let work: @Sendable () async -> Void = {
      await Self.run(turn, stream, report, warn)
      ledger.leave(device)
    }
    task = Task(operation: work)
  }

  func hear(lost: Int, opus: [UInt8]) { inputs.yield(.sound(lost: lost, opus: opus)) }

  func feed(_ input: TurnInput) { inputs.yield(.turn(input)) }

  func speak(bitrate: Int32) { inputs.yield(.bitrate(bitrate)) }

  func cancel(heard: Duration) {
    task.cancel()
    inputs.finish()
    let (turn, task, ledger, device) = (turn, task, ledger, device)
    ledger.enter(device)
    Task {
      await task.value
      await turn.handle(.cancel(heardMilliseconds: Int(heard.milliseconds))) { _ in }
      ledger.leave(device)
    }
  }

  deinit { inputs.finish() }

  private static func run(
    _ turn: any TurnHandling, _ inputs: AsyncStream<Input>, _ report: @escaping @Sendable (TurnReport) async -> Void,
    _ warn: @escaping @Sendable (String) -> Void
  ) async {
    let voice: VoiceBox
    switch VoiceBox.make() {
    case .success(let made): voice = made
    case .failure(let failure): return await report(.ended(.failed(failure.description)))
    }
    let emit: @Sendable (TurnOutput) async -> Void = { output in
      for message in voice.report(output) { await report(message) }
    }
    var hasWarned = false
    for await input in inputs {
      switch input {
      case .sound(let lost, let opus):
        // What a cancelled turn has still to hear, nobody waits for.
        if Task.isCancelled { continue }
        switch voice.hear(lost: lost, opus: opus) {
        case .success(let (sound, isDamaged)):
          // Once a turn: the peer decides how many there are.
          if isDamaged, !hasWarned { warn("sound that does not decode was replaced") }
          hasWarned = hasWarned || isDamaged
          await turn.handle(.audio(sound), emit: emit)
        case .failure(let failure): return await report(.ended(.failed(failure.description)))
        }
      case .turn(let input): await turn.handle(input, emit: emit)
      case .bitrate(let bitrate):
        if let failure = voice.speak(bitrate: bitrate) { await report(.ended(.failed(failure.description))) }
      }
    }
  }
}

/// The turn's codecs behind a lock: the assistant emits from its own task while the runner decodes.
private final class VoiceBox: Sendable {
  private struct Held: @unchecked Sendable { let voice: TurnVoice }
  private let held: Mutex<Held>

  private init(_ held: Held) { self.held = Mutex(held) }

  static func make() -> Result<VoiceBox, OpusFailure> {
    do throws(OpusFailure) {
      return .success(VoiceBox(Held(voice: try TurnVoice())))
    } catch {
      return .failure(error)
    }
  }

  func hear(lost: Int, opus: [UInt8]) -> Result<(sound: [Int16], isDamaged: Bool), OpusFailure> {
    held.withLock { held in
      do throws(OpusFailure) {
        return .success(try held.voice.hear(lost: lost, opus: opus))
      } catch {
        return .failure(error)
      }
    }
  }

  /// What failed, if anything did.
  func speak(bitrate: Int32) -> OpusFailure? {
    held.withLock { held in
      do throws(OpusFailure) {
        try held.voice.speak(bitrate: bitrate)
        return nil
      } catch {
        return error
      }
    }
  }

  /// When the encoder fails the turn ends with its reason.
  func report(_ output: TurnOutput) -> [TurnReport] {
    held.withLock { held in
      do throws(OpusFailure) {
        return try held.voice.report(output)
      } catch {
        return [.ended(.failed(error.description))]
      }
    }
  }
}
