/// The counted messages (`isCounted`) of one side that may not have arrived yet, encoded, in order: what a resumed session sends again.
///
/// ```
///     base            sent             end
///      │ on their way  │ not sent yet   │      messages, counted from the session's begin
///      ├───────────────┼────────────────┤
///  acknowledge ─▶   takeUnsent ─▶    append ─▶
/// ```
///
/// One array holds them; it is made by `reserve`, grows when an outage lasts, and is given back by `clear`, so that sleeping glasses hold none.
/// Appending to what was reserved allocates nothing. What was sent and not acknowledged gives way when the limit is reached.
public struct FrameJournal: Sendable {
  /// More than this does not wait: an outage that long is not survived. At 16 kHz and 24 kbit/s it is over a minute of speech.
  public static let limit = 256 * 1024

  /// Frames with their lengths, those before `start` acknowledged.
  private var storage: [UInt8] = []
  private var start = 0
  private var sentEnd = 0
  /// How many messages were acknowledged, were sent, and are there in all since the session began.
  public private(set) var base: UInt32 = 0
  public private(set) var sent: UInt32 = 0
  public private(set) var end: UInt32 = 0
  /// A message was left out because too many waited to be sent.
  public private(set) var hasOverflowed = false
  /// A message is not here any more, since `beginQuestion`.
  public private(set) var hasForgotten = false

  public init() {}

  public var hasUnsent: Bool { sentEnd < storage.count }

  /// Makes room for so many bytes.
  public mutating func reserve(_ bytes: Int) {
    storage.reserveCapacity(bytes)
  }

  /// Adds a counted message. One that does not fit, or is over the frame's limit, is left out and noted.
  public mutating func append(_ message: DeviceMessage) {
    precondition(message.isCounted, "what is not counted is not kept")
    append { (storage) throws(WireError) in try Frame.append(message, to: &storage) }
  }

  /// `DeviceMessage.audio` straight from the encoder's buffer.
  public mutating func appendAudio(turn: UInt32, sequence: UInt32, opus: Span<UInt8>) {
    let mark = storage.count
    guard fits(opus.count + Self.audioOverhead) else {
      hasOverflowed = true
      return
    }
    do throws(WireError) {
      try Frame.appendAudio(turn: turn, sequence: sequence, opus: opus, to: &storage)
      end &+= 1
    } catch {
      storage.removeLast(storage.count - mark)
      hasOverflowed = true
    }
  }

  /// Length, tags and numbers of an audio frame at their longest.
  private static let audioOverhead = 32

  private mutating func append(_ encode: (inout [UInt8]) throws(WireError) -> Void) {
    guard fits(Frame.headerSize) else {
      hasOverflowed = true
      return
    }
    do throws(WireError) {
      try encode(&storage)
      end &+= 1
    } catch {
      hasOverflowed = true
    }
  }

  private mutating func fits(_ bytes: Int) -> Bool {
    // A peer that acknowledges nothing cannot come back to all of it.
    while storage.count - start + bytes > Self.limit, start < sentEnd { forgetFirst() }
    // What is not needed any more makes room before anything grows.
    if storage.count + bytes > storage.capacity { compact() }
    return storage.count - start + bytes <= Self.limit
  }

  /// A question begins: from here on `hasForgotten` tells whether it is still here from its beginning.
  public mutating func beginQuestion() { hasForgotten = false }

  /// What is kept, in order; what cannot be read is left out.
  public func messages() -> [DeviceMessage] {
    var messages: [DeviceMessage] = []
    var offset = start
    while offset < storage.count {
      let body = offset + Frame.headerSize
      let end = body + length(at: offset)
      do throws(WireError) { messages.append(try DeviceMessage.decode(storage.span.extracting(body..<end))) } catch {}
      offset = end
    }
    return messages
  }

  private mutating func forgetFirst() {
    hasForgotten = true
    start += Frame.headerSize + length(at: start)
    base &+= 1
  }

  /// Shows the frames that were not sent yet, all at once; when `body` says that it took them they count as sent.
  public mutating func takeUnsent(_ body: (Span<UInt8>) -> Bool) {
    guard hasUnsent else { return }
    guard body(storage.span.extracting(sentEnd..<storage.count)) else { return }
    sentEnd = storage.count
    sent = end
  }

  /// The peer has so many. False when it cannot: it claims what was never sent, or less than it had claimed before.
  public mutating func acknowledge(_ count: UInt32) -> Bool {
    guard count >= base, count <= sent else { return false }
    while base < count { forgetFirst() }
    if start == storage.count {
      storage.removeAll(keepingCapacity: true)
      start = 0
      sentEnd = 0
    }
    return true
  }

  /// A new connection: what was not acknowledged is to be sent again.
  public mutating func rewind() {
    sentEnd = start
    sent = base
  }

  /// A new session, in which nothing was sent yet: the messages are counted anew.
  public mutating func restart() {
    rewind()
    end -= base
    base = 0
    sent = 0
  }

  /// Nothing is kept any more; counting goes on.
  public mutating func clear() {
    storage = []
    start = 0
    sentEnd = 0
    base = end
    sent = end
    hasOverflowed = false
  }

  private func length(at offset: Int) -> Int {
    var length = 0
    for index in 0..<Frame.headerSize { length = length << 8 | Int(storage[offset + index]) }
    return length
  }

  private mutating func compact() {
    guard start > 0 else { return }
    let count = storage.count - start
    for index in 0..<count { storage[index] = storage[start + index] }
    storage.removeLast(start)
    sentEnd -= start
    start = 0
  }
}
