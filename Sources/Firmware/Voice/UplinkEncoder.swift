import COpus
import HAL

/// The wearer's voice to Opus: 16 kHz mono in, one packet per 20 ms out, VOIP mode, variable bit rate.
///
/// Buffers are made once; encoding allocates nothing. A class because it owns the codec's state.
public final class UplinkEncoder {
  private let codec: OpaquePointer
  private let frame: UnsafeMutableBufferPointer<Int16>
  private var filled = 0
  private let settings: UplinkSettings
  private var complexity: Int32
  private let packet: UnsafeMutableBufferPointer<UInt8>
  /// Number of the next packet of the turn.
  public private(set) var sequence: UInt32 = 0

  public init(_ settings: UplinkSettings = UplinkSettings()) throws(CodecError) {
    var status: Int32 = 0
    guard
      let codec = copus_voice_encoder_create(
        Int32(AudioFormat.captureRate), settings.bitrate, settings.complexity, settings.expectedLossPercent, &status)
    else { throw .unavailable }
    self.codec = codec
    self.settings = settings
    complexity = settings.complexity
    frame = .allocate(capacity: SampleTime.captureFrame)
    frame.initialize(repeating: 0)
    packet = .allocate(capacity: OpusLimits.longestPacket)
    packet.initialize(repeating: 0)
  }

  deinit {
    opus_encoder_destroy(codec)
    frame.deallocate()
    packet.deallocate()
  }

  /// From the next frame on, in bits a second: 6,000 to 510,000 (RFC 6716, section 2.1.1).
  public func set(bitrate: Int32) throws(CodecError) {
    guard copus_encoder_set_bitrate(codec, bitrate) == OPUS_OK else { throw .failed }
  }

  /// Starts a turn: the signal so far and a frame begun are forgotten, packets count from 0.
  public func reset() throws(CodecError) {
    filled = 0
    sequence = 0
    guard copus_encoder_reset(codec) == OPUS_OK else { throw .failed }
  }

  /// Takes any number of samples and calls `send(sequence, packet)` for each frame that they complete. The span lives during the
  /// call only; `isQuiet` says that nobody speaks in them, so that little work is enough. `send` must not call back into the encoder.
  public func encode(_ samples: Span<Int16>, isQuiet: Bool = false, send: (UInt32, Span<UInt8>) -> Void) throws(CodecError) {
    try work(isQuiet ? settings.quietComplexity : settings.complexity)
    let frame = frame
    var next = 0
    while next < samples.count {
      if filled == 0 && samples.count - next >= frame.count {
        try encodeFrame(samples.extracting(next..<next + frame.count), send)
        next += frame.count
      } else {
        frame[filled] = samples[next]
        filled += 1
        next += 1
        if filled == frame.count {
          filled = 0
          try encodeFrame(frame.span, send)
        }
      }
    }
  }

  /// Ends a turn: a frame begun is filled up with silence and sent.
  public func finish(send: (UInt32, Span<UInt8>) -> Void) throws(CodecError) {
    guard filled > 0 else { return }
    let frame = frame
    for index in filled..<frame.count { frame[index] = 0 }
    filled = 0
    try encodeFrame(frame.span, send)
  }

  private func work(_ complexity: Int32) throws(CodecError) {
    guard complexity != self.complexity else { return }
    guard copus_encoder_set_complexity(codec, complexity) == OPUS_OK else { throw .failed }
    self.complexity = complexity
  }

  private func encodeFrame(_ samples: Span<Int16>, _ send: (UInt32, Span<UInt8>) -> Void) throws(CodecError) {
    let packet = packet
    let written = samples.withUnsafeBufferPointer { input -> Int32 in
      guard let from = input.baseAddress, let to = packet.baseAddress else { return OPUS_BAD_ARG }
      return opus_encode(codec, from, Int32(input.count), to, Int32(packet.count))
    }
    guard written > 0 else { throw .failed }
    let number = sequence
    sequence &+= 1
    send(number, packet.span.extracting(0..<Int(written)))
  }
}
