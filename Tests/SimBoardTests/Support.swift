import Foundation
import HAL
import Testing
import Units

@testable import SimBoard

/// A board in virtual time with what it said.
final class Rig {
  let board: SimBoard
  let notes: Notes

  final class Notes {
    var logs: [String] = []
    var trace: [String] = []
  }

  init(peer: (any SimPeer)? = nil, start: Instant = .zero, _ change: (inout SimBoard.Options) -> Void = { _ in }) throws {
    var options = SimBoard.Options()
    change(&options)
    let notes = Notes()
    self.notes = notes
    board = try SimBoard(
      BoardDescription(), options: options, clock: .virtual(start: start, peer: peer),
      trace: { notes.trace.append(String(decoding: $0.withUnsafeBufferPointer { Array($0) }, as: UTF8.self)) },
      log: { notes.logs.append($0) })
  }

  /// The next event and when it came.
  func next(_ deadline: Instant? = nil) -> (String, Int64) {
    let event = board.next(before: deadline)
    return (name(event), board.now().nanoseconds)
  }

  /// Lets time pass until `instant` and returns what was reported on the way.
  func pass(until instant: Instant) -> [String] {
    var names: [String] = []
    while true {
      let event = board.next(before: instant)
      if case .deadline = event { return names }
      if case .shutdown = event { return names + ["shutdown"] }
      names.append(name(event))
    }
  }
}

/// One event in one word, for comparison.
func name(_ event: BoardEvent) -> String {
  switch event {
  case .deadline: "deadline"
  case .edge(let line, let active, let at): "\(line) \(active ? "on" : "off") \(at.nanoseconds)"
  case .tapped(let at): "tapped \(at.nanoseconds)"
  case .tilted(let at): "tilted \(at.nanoseconds)"
  case .microphoneReady: "microphoneReady"
  case .speakerReady: "speakerReady"
  case .speakerDrained: "speakerDrained"
  case .stillTaken: "stillTaken"
  case .stillFailed(let error): "stillFailed \(error.cause)"
  case .linkOpened: "linkOpened"
  case .linkReadable: "linkReadable"
  case .linkWritable: "linkWritable"
  case .linkClosed(let cause): "linkClosed \(cause)"
  case .batteryChanged(let reading): "battery \(reading.charge.value) \(reading.isCharging)"
  case .thermalChanged(let temperature): "thermal \(temperature.value)"
  case .settled(let part): "settled \(part.name)"
  case .deviceFailed(let error): "deviceFailed \(error.part)"
  case .control(let event): "control \(event)"
  case .typed(let text): "typed \(text)"
  case .timeTold(let time): "time \(time.minutes)"
  case .shutdown: "shutdown"
  }
}

/// A folder that is removed at the end.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "sotto-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
}

func milliseconds(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }

extension Microphone {
  /// All that is there to be read.
  func readAll() throws -> (samples: [Int16], first: Instant, lost: Int) {
    var samples: [Int16] = []
    var first: Instant?
    var lost = 0
    var buffer = [Int16](repeating: 0, count: 480)
    while true {
      var span = buffer.mutableSpan
      let block = try read(into: &span)
      lost += block.lost
      if block.count == 0 { return (samples, first ?? block.firstSample, lost) }
      if first == nil { first = block.firstSample }
      samples += buffer[0..<block.count]
    }
  }
}

extension Speaker {
  func write(_ samples: [Int16]) throws(DeviceError) -> Int { try write(samples.span) }
}

/// The frequency of a tone, from its rising zero crossings.
func frequency(of samples: [Int16], rate: Int) -> Double {
  var crossings: [Double] = []
  for index in 1..<samples.count where samples[index - 1] < 0 && samples[index] >= 0 {
    let before = Double(samples[index - 1])
    let after = Double(samples[index])
    crossings.append(Double(index) - after / (after - before))
  }
  guard crossings.count > 1 else { return 0 }
  return Double(crossings.count - 1) * Double(rate) / (crossings.last! - crossings.first!)
}

/// WAV files of every kind, made by the test itself.
struct WAVMaker {
  enum Encoding: CaseIterable { case unsigned8, signed16, signed24, signed32, float32 }

  var encoding = Encoding.signed16
  var channels = 1
  var rate = 16_000
  var isExtensible = false
  var chunksBefore: [(String, [UInt8])] = []
  var sizeOfData: UInt32?

  var bits: Int {
    switch encoding {
    case .unsigned8: 8
    case .signed16: 16
    case .signed24: 24
    case .signed32, .float32: 32
    }
  }

  func make(_ frames: [[Double]]) -> [UInt8] {
    var data: [UInt8] = []
    for frame in frames {
      for value in frame {
        switch encoding {
        case .unsigned8: data.append(UInt8((value * 127 + 128).rounded()))
        case .signed16: data += little(UInt64(bitPattern: Int64((value * 32_767).rounded())), 2)
        case .signed24: data += little(UInt64(bitPattern: Int64((value * 8_388_607).rounded())), 3)
        case .signed32: data += little(UInt64(bitPattern: Int64((value * 2_147_483_647).rounded())), 4)
        case .float32: data += little(UInt64(Float(value).bitPattern), 4)
        }
      }
    }
    return make(data: data)
  }

  func make(data: [UInt8]) -> [UInt8] {
    let code: UInt64 = encoding == .float32 ? 3 : 1
    var format = little(isExtensible ? 0xFFFE : code, 2) + little(UInt64(channels), 2) + little(UInt64(rate), 4)
    format += little(UInt64(rate * channels * bits / 8), 4) + little(UInt64(channels * bits / 8), 2) + little(UInt64(bits), 2)
    if isExtensible {
      format += little(22, 2) + little(UInt64(bits), 2) + little(0, 4) + little(code, 2)
      format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
    }
    var chunks: [UInt8] = []
    for (tag, bytes) in chunksBefore { chunks += chunk(tag, bytes) }
    chunks += chunk("fmt ", format) + Array("data".utf8) + little(UInt64(sizeOfData ?? UInt32(data.count)), 4) + data
    return Array("RIFF".utf8) + little(UInt64(4 + chunks.count), 4) + Array("WAVE".utf8) + chunks
  }

  private func chunk(_ tag: String, _ bytes: [UInt8]) -> [UInt8] {
    Array(tag.utf8) + little(UInt64(bytes.count), 4) + bytes + (bytes.count % 2 == 1 ? [0] : [])
  }

  private func little(_ value: UInt64, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

func tone(_ frequency: Double, rate: Int, seconds: Double, level: Double = 0.5) -> [Double] {
  (0..<Int(Double(rate) * seconds)).map { level * sin(2 * .pi * frequency * Double($0) / Double(rate)) }
}
