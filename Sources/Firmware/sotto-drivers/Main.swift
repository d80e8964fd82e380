import CLinux
import Units

/// Tries the drivers of real devices one at a time, without the glasses around them: what a porter of a board runs first, and
/// what proves the drivers against the kernel's own stand-ins.
@main
struct Main {
  static let help: StaticString = """
    sotto-drivers - tries the drivers of the glasses' devices

    usage: sotto-drivers DEVICE [options]     prints one JSON object

    display   switches a panel on, shows pictures, and switches it off
      --card NAME         /dev/dri/card0, drm:DRIVER, with #CONNECTOR where there are several (needed)
      --size WxH          the picture (default 640x400)
      --turn DEGREES      clockwise: 0, 90, 180 or 270 (default 0)
      --tone TONE         colour, threshold or dithered (default colour)
      --older-calls       no atomic commits, even where the card has them
      --cycles N          times that it is switched on and off (default 1)
      --pictures N        pictures in each cycle (default 10)
      --card-image        the test card instead of moving boxes; stays until --hold has passed
      --hold SECONDS      how long the last picture stays (default 0)

    exit codes: 0 all went well, 1 something failed, 2 wrong command line

    """

  static func main() {
    var words = Words()
    guard let device = words.next() else { usage("say which device is to be tried") }
    if device.matches("--help") || device.matches("-h") {
      help.withUTF8Buffer { _ = sotto_write_all(1, $0.baseAddress, $0.count) }
      return
    }
    do throws(ArgumentError) {
      guard device.matches("display") else { throw ArgumentError(text: "there is no device " + device) }
      let command = try DisplayCommand(&words)
      sotto_exit(command.run() ? 0 : 1)
    } catch {
      usage(error.text)
    }
  }

  private static func usage(_ text: String) -> Never {
    complain(text + " (see sotto-drivers --help)")
    sotto_exit(2)
  }
}

/// Plain words for a person, on standard error.
func complain(_ text: String) {
  var line = TextBuffer()
  line.append("sotto-drivers: ")
  line.append(text)
  line.append("\n")
  line.span.withUnsafeBufferPointer { _ = sotto_write_all(2, $0.baseAddress, $0.count) }
}

/// A line on standard output.
func say(_ line: inout TextBuffer) {
  line.append("\n")
  line.span.withUnsafeBufferPointer { _ = sotto_write_all(1, $0.baseAddress, $0.count) }
}
