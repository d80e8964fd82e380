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
  /// What was heard of the answer when the wearer stopped it; nil when it was not stopped.
  var heard: String?
}

/// Past turns: the latest of each device at hand, all of them in the memory when it keeps history.
/// A history that cannot be written is logged and does not spoil the answer.
final class History: Sendable {
  /// What a follow-up question may refer to: as much as a small language model reads in a tenth of a second.
  private static let longestDialogue = 4
  /// After this many seconds a question stands for itself.
  private static let dialogueSeconds = 600.0

  private let memory: Memory?
  /// The latest exchanges of each device, oldest first.
  private let latest = Mutex<[String: [Exchange]]>([:])

  init(memory: Memory?) { self.memory = memory }

  /// Returns the turn's number in the memory; nil when it is not kept.
  func record(_ exchange: Exchange) async -> Int64? {
    if !exchange.answer.isEmpty {
      latest.withLock { $0[exchange.device] = ($0[exchange.device] ?? []).suffix(Self.longestDialogue - 1) + [exchange] }
    }
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

  /// The wearer has stopped an answer: from now on it is what was heard of it. “Say that again” still gets the whole, while it is at hand.
  func note(_ heard: String, milliseconds: Int, of exchange: Exchange, turn: Int64?) async {
    latest.withLock { latest in
      guard let index = latest[exchange.device]?.lastIndex(where: { $0.turn == exchange.turn && $0.at == exchange.at }) else {
        return
      }
      latest[exchange.device]?[index].heard = heard
    }
    guard let turn else { return }
    do throws(MemoryFailure) {
      try await memory?.note(heardMilliseconds: milliseconds, answer: heard, turn: turn)
    } catch {
      Logger.assistant.warning("what was heard is not in the history", metadata: ["reason": "\(error)"])
    }
  }

  /// What the device was last answered; also after a restart when history is kept.
  func lastAnswer(device: String) async throws -> String? {
    if let known = latest.withLock({ $0[device]?.last?.answer }) { return known }
    do throws(MemoryFailure) {
      return try await memory?.turns(device: device, limit: 10).first { !$0.answer.isEmpty }?.answer
    } catch {
      throw BackEndFailure(.memory, error.description)
    }
  }

  /// The device's exchanges of the last minutes, oldest first.
  func dialogue(device: String, now: Date) -> [PastExchange] {
    let exchanges = latest.withLock { $0[device] ?? [] }
    return exchanges.filter { now.timeIntervalSince($0.at) < Self.dialogueSeconds }
      .map { PastExchange(question: $0.question, answer: $0.heard ?? $0.answer) }
  }

  /// Drops the answers at hand, after the memory was changed by another program. What is still in the memory is found there.
  func forgetLastAnswers() { latest.withLock { $0 = [:] } }

  /// Drops the answers at hand, after something was forgotten.
  func forgetLastAnswer(device: String) {
    latest.withLock { _ = $0.removeValue(forKey: device) }
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
