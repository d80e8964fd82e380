import Foundation
import Synchronization

/// Where progress is shown: a terminal, with colours and a line that can be rewritten, or a plain stream.
final class Screen {
  let isTerminal: Bool
  private let handle: FileHandle
  /// A line that is still being rewritten stands on the terminal.
  private var hasOpenLine = false

  init(toError: Bool) {
    handle = toError ? .standardError : .standardOutput
    isTerminal = isatty(handle.fileDescriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Characters that fit in a line.
  var columns: Int {
    var size = winsize()
    guard isTerminal, ioctl(handle.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  func line(_ text: String) {
    write((hasOpenLine ? "\r\u{1B}[K" : "") + text.replacingOccurrences(of: "\n", with: lineEnd) + lineEnd)
    hasOpenLine = false
  }

  /// A line that the next one replaces; on a plain stream a line like any other.
  func passing(_ text: String) {
    guard isTerminal else { return line(text) }
    write("\r\u{1B}[K" + String(text.prefix(columns - 1)))
    hasOpenLine = true
  }

  func dim(_ text: String) -> String { isTerminal ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
  func bold(_ text: String) -> String { isTerminal ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// In raw mode the terminal does not return the carriage by itself.
  private var lineEnd: String { isTerminal ? "\r\n" : "\n" }

  private func write(_ text: String) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}

/// Signals that ask the program to end, handed to a closure on a queue of its own.
final class Signals {
  private var sources: [any DispatchSourceSignal] = []

  init(_ take: @escaping @Sendable (Int32) -> Void) {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { take(number) }
      source.resume()
      sources.append(source)
    }
    // A program that ended while it was being written to must not end this one.
    signal(SIGPIPE, SIG_IGN)
  }

  func cancel() {
    for source in sources { source.cancel() }
  }
}

/// The keyboard key by key, without echo. `restore`, and the end of the program, give the terminal back as it was.
final class RawTerminal {
  private static let saved = Mutex<termios?>(nil)

  /// nil when standard input is no terminal.
  init?(pressed: @escaping @Sendable (UInt8) -> Void) {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    var settings = termios()
    guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    Self.saved.withLock { $0 = settings }
    atexit { RawTerminal.restoreSaved() }
    settings.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) == 1 { pressed(byte) }
    }
  }

  func restore() { Self.restoreSaved() }

  private static func restoreSaved() {
    saved.withLock { settings in
      guard var original = settings else { return }
      tcsetattr(STDIN_FILENO, TCSANOW, &original)
      settings = nil
    }
  }
}
