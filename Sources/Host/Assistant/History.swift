import Foundation
import Logging
import Memory
import Synchronization

/// One question and its answer.
struct Exchange: Sendable {
  var device: String
  var turn: UInt32
  var at: Date
  var question: String
  var answer: String
  var outcome: TurnEnd
}

/// Past turns: the latest of each device at hand, all of them in the memory when it keeps history.
/// A history that cannot be written is logged and does not spoil the answer.
final class History: Sendable {
  private let memory: Memory?
  private let lastAnswers = Mutex<[String: String]>([:])

  init(memory: Memory?) { self.memory = memory }

  /// Returns the turn's number in the memory; nil when it is not kept.
  func record(_ exchange: Exchange) async -> Int64? {
    if !exchange.answer.isEmpty { lastAnswers.withLock { $0[exchange.device] = exchange.answer } }
    let outcome =
      switch exchange.outcome {
      case .answered: "answered"
      case .nothingHeard: "nothingHeard"
      case .cancelled: "cancelled"
      case .failed(let reason): "failed: \(reason)"
      }
    let turn = PastTurn(
      device: exchange.device, number: exchange.turn, at: exchange.at, question: exchange.question, answer: exchange.answer,
      outcome: outcome)
    // In a task of its own: a turn that was cancelled is a turn of the past too, and the database would refuse a cancelled task.
    return await Task { [memory] () async -> Int64? in
      do throws(MemoryFailure) {
        return try await memory?.record(turn)
      } catch {
        Logger.assistant.warning("the turn is not in the history", metadata: ["reason": "\(error)"])
        return nil
      }
    }.value
  }

  func note(heardMilliseconds: Int, turn: Int64) async {
    do throws(MemoryFailure) {
      try await memory?.note(heardMilliseconds: heardMilliseconds, turn: turn)
    } catch {
      Logger.assistant.warning("what was heard is not in the history", metadata: ["reason": "\(error)"])
    }
  }

  /// What the device was last answered; also after a restart when history is kept.
  func lastAnswer(device: String) async throws -> String? {
    if let known = lastAnswers.withLock({ $0[device] }) { return known }
    do throws(MemoryFailure) {
      return try await memory?.turns(device: device, limit: 10).first { !$0.answer.isEmpty }?.answer
    } catch {
      throw BackEndFailure(.memory, error.description)
    }
  }

  /// Drops the answers at hand, after the memory was changed by another program. What is still in the memory is found there.
  func forgetLastAnswers() { lastAnswers.withLock { $0 = [:] } }

  /// Drops the answer at hand, after something was forgotten.
  func forgetLastAnswer(device: String) {
    lastAnswers.withLock { _ = $0.removeValue(forKey: device) }
  }
}

extension Memory {
  /// The memory at this path, with its failure in the assistant's terms.
  static func opened(at path: String?) throws(BackEndFailure) -> Memory {
    do {
      return try Memory(path: path)
    } catch {
      throw BackEndFailure(.memory, error.description)
    }
  }
}
