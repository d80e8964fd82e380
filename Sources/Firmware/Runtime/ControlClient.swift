import HAL
import Power
import Units

/// One client of the control port: what of its line has come, what waits to be sent to it, and the leases that it holds. A pure value: bytes in,
/// requests out; bytes out.
package struct ControlClient: Sendable {
  /// A request, without its end.
  static let longestLine = 128
  /// A client that lets more than this wait does not read: it is dropped. An explanation is about 3 kB.
  static let mostWaiting = 64 * 1024

  /// Counts the clients since the start, from 1.
  let number: UInt32
  let process: Int32
  /// Gets events as they happen.
  var isFollowing = false
  /// What it holds.
  package internal(set) var leases = PartLevels.none
  /// It will send nothing more.
  var hasEnded = false

  private var line: [UInt8] = []
  private var isTooLong = false
  private var output = TextBuffer(reserving: 1024)
  private var sent = 0

  init(number: UInt32, process: Int32) {
    self.number = number
    self.process = process
    line.reserveCapacity(Self.longestLine)
  }

  var holder: LeaseHolder { .control(client: number, process: process) }

  // MARK: In

  /// One byte that it sent; at the end of a line what that asks for. Empty lines are nothing.
  package mutating func take(_ byte: UInt8) -> Result<ControlRequest, ControlRefusal>? {
    guard byte == UInt8(ascii: "\n") else {
      if line.count < Self.longestLine { line.append(byte) } else { isTooLong = true }
      return nil
    }
    defer {
      line.removeAll(keepingCapacity: true)
      isTooLong = false
    }
    if isTooLong { return .failure(.tooLong) }
    // As a terminal in raw mode, or a program from elsewhere, ends its lines.
    let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
    if text.isEmpty { return nil }
    do throws(ControlRefusal) {
      return .success(try ControlRequest.parse(text))
    } catch {
      return .failure(error)
    }
  }

  // MARK: Out

  /// Puts a line, one JSON object, behind what waits.
  mutating func say(_ fields: (inout JSONFields) -> Void) {
    output.append("{")
    var object = JSONFields(text: output)
    output = TextBuffer(reserving: 0)
    fields(&object)
    output = object.text
    output.append("}\n")
  }

  mutating func sayDone() { say { $0.add("ok", true) } }

  mutating func refuse(_ refusal: ControlRefusal) {
    say {
      $0.add("error", refusal.code)
      $0.add("text", refusal.phrase)
    }
  }

  var waiting: Int { output.bytes.count - sent }

  /// Offers what waits; `write` says how much of it was taken.
  mutating func send(_ write: (Span<UInt8>) -> Int) {
    guard waiting > 0 else { return }
    sent += write(output.span.extracting(sent..<output.bytes.count))
    if waiting == 0 {
      output.removeAll()
      sent = 0
    } else if sent >= Self.mostWaiting {
      output.removeFirst(sent)
      sent = 0
    }
  }
}
