import CAllocationCount
import HAL
import Testing
import Units

@testable import Runtime
@testable import Voice
@testable import Wire

/// The way of the sound once it flows: whatever is needed was made before.
@Suite struct AllocationTests {
  /// Calls of the allocator while the microphone brings 500 frames of 20 ms.
  private func allocations(_ rig: PlainRig) -> UInt64 {
    rig.board.link.swallows = true
    // What grows once, grows now.
    for _ in 0..<50 { rig.hear(.milliseconds(20)) }
    let before = sotto_allocations()
    for _ in 0..<500 { rig.hear(.milliseconds(20)) }
    return sotto_allocations() - before
  }

  @Test func listeningLocallyAllocatesNothing() throws {
    let rig = try PlainRig { $0.listening.armedWhileWorn = true }
    #expect(rig.glasses.state == .armed)
    #expect(allocations(rig) == 0)
  }

  @Test func speakingAllocatesNothing() throws {
    let rig = try PlainRig { $0.listening.longestUtterance = .seconds(60) }
    rig.press()
    rig.connect()
    #expect(allocations(rig) == 0)
    #expect(rig.glasses.state == .engaged)
  }

  @Test func hearingAllocatesNothing() throws {
    let rig = try PlainRig()
    rig.happen(.typed("hello"))
    let packets = try Sound.packets(turn: 1, seconds: 11).compactMap { if case .speech(let packet) = $0 { packet } else { nil } }
    for packet in packets[0..<50] { rig.glasses.hear(packet, at: rig.board.clock) }
    let before = sotto_allocations()
    for index in 50..<550 { rig.glasses.hear(packets[index], at: rig.board.clock) }
    #expect(sotto_allocations() == before)
    #expect(rig.glasses.playback.written > 10 * AudioFormat.playbackRate)
  }

  @Test func theCounterCounts() {
    let before = sotto_allocations()
    let array = [Int](repeating: 0, count: Int(before % 7) + 1_000)
    #expect(sotto_allocations() > before, "\(array.count)")
  }
}
