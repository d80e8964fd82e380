import Assistant
import Dispatch
import NIOCore
import Synchronization
import Units

/// The outputs of turns that wait for their modelled instants, in order.
struct Deliveries {
  struct Delivery {
    var at: Instant
    var turn: UInt32
    var report: TurnReport
    var session: SessionDriver
  }

  private var waiting: [Delivery] = []

  var next: Instant? { waiting.first?.at }

  mutating func add(_ delivery: Delivery) {
    let index = waiting.lastIndex { $0.at <= delivery.at }.map { $0 + 1 } ?? 0
    waiting.insert(delivery, at: index)
  }

  mutating func popFirst(at now: Instant) -> Delivery? {
    guard let first = waiting.first, first.at <= now else { return nil }
    return waiting.removeFirst()
  }

  mutating func drop(_ turn: UInt32, of session: SessionDriver) {
    waiting.removeAll { $0.turn == turn && $0.session === session }
  }

  /// Those of the sessions that `isOver` names.
  mutating func drop(where isOver: (SessionDriver) -> Bool) { waiting.removeAll { isOver($0.session) } }
}

/// Turns that run to completion inside the call that feeds them.
struct LockstepTurns: TurnSource {
  let assistant: Assistant
  let delays: @Sendable () -> ModelledDelays
  let effort: EncoderEffort
  let deliveries: NIOLoopBoundBox<Deliveries>
  let memory: NIOLoopBoundBox<SpeechMemory>
  let now: @Sendable () -> Instant

  func runner(_ context: TurnContext, for session: SessionDriver) -> any TurnRunner {
    LockstepTurnRunner(self, assistant.turn(context), context.turn, session)
  }

  /// They run inside the calls that feed them.
  func running(_ device: String) -> Int { 0 }
}

final class LockstepTurnRunner: TurnRunner {
  private let source: LockstepTurns
  private let turn: Turn
  private let number: UInt32
  private unowned let session: SessionDriver
  private var modelled: ModelledTurn
  private let voice: Result<TurnVoice, OpusFailure>

  init(_ source: LockstepTurns, _ turn: Turn, _ number: UInt32, _ session: SessionDriver) {
    self.source = source
    self.turn = turn
    self.number = number
    self.session = session
    modelled = ModelledTurn(source.delays())
    voice = Result { () throws(OpusFailure) in try TurnVoice(effort: source.effort, memory: source.memory.value) }
  }

  func hear(lost: Int, opus: [UInt8]) {
    do throws(OpusFailure) {
      let (sound, isDamaged) = try voice.get().hear(lost: lost, opus: opus)
      if isDamaged { session.warn("a sound packet that does not decode was replaced") }
      feed(.audio(sound))
    } catch {
      deliver(.ended(.failed(error.description)))
    }
  }

  func feed(_ input: TurnInput) {
    modelled.input(input, at: source.now())
    do throws(OpusFailure) {
      for output in outputs(of: input) {
        for report in try voice.get().report(output) { deliver(report) }
      }
    } catch {
      deliver(.ended(.failed(error.description)))
    }
  }

  func speak(bitrate: Int32) {
    do throws(OpusFailure) {
      try voice.get().speak(bitrate: bitrate)
    } catch {
      deliver(.ended(.failed(error.description)))
    }
  }

  func cancel(heard: Duration) {
    source.deliveries.value.drop(number, of: session)
    _ = outputs(of: .cancel(heardMilliseconds: Int(heard.milliseconds)))
  }

  private func deliver(_ report: TurnReport) {
    for (at, report) in modelled.time(report) {
      source.deliveries.value.add(.init(at: at, turn: number, report: report, session: session))
    }
  }

  /// Waits for the turn, which runs on Swift's own threads.
  private func outputs(of input: TurnInput) -> [TurnOutput] {
    let collected = Collected()
    let done = DispatchSemaphore(value: 0)
    let turn = turn
    Task.detached {
      await turn.handle(input) { output in collected.outputs.withLock { $0.append(output) } }
      done.signal()
    }
    done.wait()
    return collected.outputs.withLock { $0 }
  }

  private final class Collected: Sendable {
    let outputs = Mutex<[TurnOutput]>([])
  }
}
