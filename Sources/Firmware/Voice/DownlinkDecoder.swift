import COpus
import HAL

/// The answer's Opus packets to 24 kHz mono sound.
///
/// Packets carry sequence numbers. The frame before a packet that arrived is taken from the packet's own redundancy where the sender put some in
/// (in-band forward error correction, RFC 6716, section 2.1.7). The rest of a gap is concealed from the sound before it, up to `longestConcealment` frames of 20 ms; what
/// is missing beyond that is left out (made-up speech turns into a drone after about 100 ms). A packet older than the last
/// is dropped and counted. A malformed packet throws and leaves its place open, so the next good packet conceals it; the
/// decoder stays usable. Buffers are made once; decoding allocates nothing.
public final class DownlinkDecoder {
  private let codec: OpaquePointer
  private let longestConcealment: Int
  private let sound: UnsafeMutableBufferPointer<Int16>
  /// The number that the next packet should have; nil before the first packet.
  private var expected: UInt32?

  /// Frames made up for lost ones since the start.
  public private(set) var concealed = 0
  /// Frames lost and not made up since the start.
  public private(set) var skipped = 0
  /// Packets that came after a later one, or twice, since the start.
  public private(set) var late = 0
  /// Packets refused since the start.
  public private(set) var malformed = 0

  /// `longestConcealment` in frames of 20 ms.
  public init(longestConcealment: Int = 5) throws(CodecError) {
    var status: Int32 = 0
    guard let codec = copus_decoder_create(Int32(AudioFormat.playbackRate), &status) else { throw .unavailable }
    self.codec = codec
    self.longestConcealment = max(longestConcealment, 0)
    sound = .allocate(capacity: OpusLimits.longestSound)
    sound.initialize(repeating: 0)
  }

  deinit {
    opus_decoder_destroy(codec)
    sound.deallocate()
  }

  /// Starts an answer: forgets the signal and the sequence; the counters stay.
  public func reset() throws(CodecError) {
    expected = nil
    guard copus_decoder_reset(codec) == OPUS_OK else { throw .failed }
  }

  /// Decodes one packet and calls `play` with its sound, after the made-up sound of packets lost before it. The span lives
  /// during the call only. `play` must not call back into the decoder.
  public func decode(_ packet: Span<UInt8>, sequence: UInt32, play: (Span<Int16>) -> Void) throws(CodecError) {
    if let expected, sequence < expected {
      late += 1
      return
    }
    let length = packet.withUnsafeBufferPointer { bytes -> Int32 in
      guard let start = bytes.baseAddress, !bytes.isEmpty, bytes.count <= Int(Int32.max) else { return -1 }
      return opus_packet_get_nb_samples(start, Int32(bytes.count), Int32(AudioFormat.playbackRate))
    }
    guard length > 0, Int(length) <= sound.count else {
      malformed += 1
      throw .malformed
    }
    if let expected, sequence > expected { try conceal(Int(sequence - expected), before: packet, play) }
    let sound = sound
    let decoded = packet.withUnsafeBufferPointer { bytes -> Int32 in
      guard let to = sound.baseAddress else { return OPUS_BAD_ARG }
      return opus_decode(codec, bytes.baseAddress, Int32(bytes.count), to, Int32(sound.count), 0)
    }
    guard decoded > 0 else {
      malformed += 1
      // The frames before it have been made up just now; its own place stays open.
      expected = sequence
      throw decoded == OPUS_INVALID_PACKET ? .malformed : .failed
    }
    expected = sequence &+ 1
    play(sound.span.extracting(0..<Int(decoded)))
  }

  private func conceal(_ lost: Int, before packet: Span<UInt8>, _ play: (Span<Int16>) -> Void) throws(CodecError) {
    let made = min(lost, longestConcealment)
    skipped += lost - made
    let sound = sound
    for frame in 0..<made {
      let isNext = frame == made - 1
      let count =
        isNext ? recover(from: packet) : copus_decoder_conceal(codec, sound.baseAddress, Int32(SampleTime.playbackFrame))
      guard count > 0 else { throw .failed }
      concealed += 1
      play(sound.span.extracting(0..<Int(count)))
    }
  }

  /// The frame before `packet`, from what the packet says of it; libopus conceals it when it says nothing.
  private func recover(from packet: Span<UInt8>) -> Int32 {
    let sound = sound
    let recovered = packet.withUnsafeBufferPointer { bytes -> Int32 in
      guard let to = sound.baseAddress else { return OPUS_BAD_ARG }
      return opus_decode(codec, bytes.baseAddress, Int32(bytes.count), to, Int32(SampleTime.playbackFrame), 1)
    }
    // A damaged packet says nothing; that it is damaged is told when its own turn comes.
    return recovered > 0 ? recovered : copus_decoder_conceal(codec, sound.baseAddress, Int32(SampleTime.playbackFrame))
  }
}
