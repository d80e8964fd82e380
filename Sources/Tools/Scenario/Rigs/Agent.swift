import Foundation
import Units

/// Glasses that run elsewhere, with an agent beside them that starts the firmware and moves what the wearer would move.
public struct AgentOptions: Sendable {
  /// The channel to the agent: a connected socket that the caller opened.
  public var descriptor: Int32
  /// A folder that the agent sees as its own share.
  public var share: String
  /// The name under which the glasses reach this machine.
  public var reach: String

  public init(descriptor: Int32, share: String, reach: String) {
    self.descriptor = descriptor
    self.share = share
    self.reach = reach
  }
}

/// This side of the channel to the agent. docs/hil.md lists its lines.
///
/// What the glasses write goes to the rig's mailbox; answers to questions are waited for. Lines are read on a thread of their own.
final class Agent: Sendable {
  private let handle: FileHandle
  private let answers = Mutexed<[[Substring]]>([])
  private let answered = DispatchSemaphore(value: 0)
  private let running = Mutexed(false)
  let share: String

  /// A loaded guest needs some time to run its script.
  private static let patience = 10.0

  init(_ options: AgentOptions, mailbox: Mailbox) {
    handle = FileHandle(fileDescriptor: options.descriptor, closeOnDealloc: false)
    share = options.share
    readLines(of: handle) { [weak self] in self?.take($0, mailbox) }
  }

  private func take(_ line: String, _ mailbox: Mailbox) {
    let words = line.split(separator: " ", maxSplits: 1)
    let rest = words.count > 1 ? String(words[1]) : ""
    switch words.first {
    case "trace": mailbox.post(.glasses(rest))
    case "words": mailbox.post(.words(rest, from: ProcessRole.glasses.rawValue))
    case "ended":
      running.with { $0 = false }
      mailbox.post(.ended(.glasses, status: rest.split(separator: " ").last.flatMap { Int32($0) } ?? -1))
    case "refused": mailbox.post(.words(rest, from: "agent"))
    case "clock", "sleeps":
      answers.with { $0.append(line.split(separator: " ")) }
      answered.signal()
    default: break
    }
  }

  func send(_ line: String) {
    try? handle.write(contentsOf: Data((line + "\n").utf8))
  }

  /// The words of the answer, the question's own word first; nil when none comes.
  func ask(_ question: String) -> [Substring]? {
    send(question)
    while answered.wait(timeout: .now() + Self.patience) == .success {
      // An answer that came too late for its question is left aside.
      if let words = answers.with({ $0.isEmpty ? nil : $0.removeFirst() }), words[0] == question { return words }
    }
    return nil
  }

  var isRunning: Bool { running.with { $0 } }

  func start(host: String, seed: UInt64) {
    running.with { $0 = true }
    send("start \(host) \(seed)")
  }

  /// What is to be added to an instant of the glasses' clock to have it on this machine's.
  ///
  /// The agent tells its time in the middle of each of some exchanges; the quickest exchange knows best. The result is never too small,
  /// so that nothing seems to come before what caused it.
  func clockOffset() throws(RigError) -> Duration {
    var best: Duration?
    for _ in 0..<5 {
      guard let words = ask("clock"), words.count == 2, let seconds = Double(words[1]) else {
        throw RigError("the agent beside the glasses does not tell its time")
      }
      let offset = RigClock.now() - Instant(nanoseconds: Int64(seconds * 1e9))
      best = min(best ?? offset, offset)
    }
    return best ?? .zero
  }
}
