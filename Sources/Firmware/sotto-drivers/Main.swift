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
      --camera NAME       in each cycle as many stills of this camera too, shown where they lie; --camera-format CODE (default XR24)

    cameras   the cameras that are there and what they offer
    camera    takes stills
      --device NAME       /dev/video0, or a name that stays: by-id, by-path, card or bus (needed)
      --size WxH          the picture wanted (default 1280x720)
      --format CODE       the only pixel format that will do: MJPG, YUYV, NV12 …
      --frames N          pictures in each cycle (default 1)
      --cycles N          times that the device is opened and closed (default 1)
      --every MS          a stream with a picture each MS milliseconds instead of stills
      --watch N           a stream of N frames that are given back unread
      --settle N          frames until exposure has settled, at most (default 12; 0: the first frame is taken)
      --exposure US       exposure by hand, in microseconds; --gain N, in hundredths of the range
      --mirror, --flip    left and right, top and bottom exchanged by the sensor
      --out FILE          the last picture

    cards     the sound cards that are there, with their mixers' elements
    microphone
      --device NAME       as ALSA names it: hw:CARD=Array (needed)
      --seconds N         how long it listens in each cycle (default 2); --blocks N, until it has read so many
      --period MS         sound between two wake-ups (default 20), --longest MS the longest that will be asked for (default 200)
      --switch            half-way, from the one to the other
      --channels LIST     mix, or those to be used: 0 or 0,1
      --cycles N          times that it is opened and closed (default 1)
      --read-again        after a failure it is opened again until it works, for at most the seconds given
      --out FILE          what was heard, raw samples of 16 bits at 16 kHz
    speaker
      --device NAME       as ALSA names it (needed)
      --seconds N         length of the tone (default 1), --hertz N its pitch (default 440), --level N in decibels (default -20)
      --in FILE           raw samples of 16 bits at 24 kHz instead of the tone
      --drop MS           silences it after so long instead of draining it
      --mixer ELEMENT     sets its volume: --volume N in hundredths, --mute yes or no
      --cycles N          times that it is opened and closed (default 1)

    pins      the chips and lines that are there and who holds them; with --chip these lines are tried
      --chip NAME         its label, name or path
      --active LEVEL      high or low: polarity of the lines named after it (default high)
      --bias BIAS         none, pull-up or pull-down, of the lines named after it (default as it is)
      --watch LINE        its edges, for --seconds N (default 5) or until --edges N (default 1000); --debounce MS by the kernel
      --read LINE         its level once the outputs are set
      --set LINE=LEVEL    on or off, read back from the line; it stays for --hold SECONDS (default 0)
      --cycles N          times that the lines are taken, used and given back (default 1); edges are those of the last
    sleep     puts the whole system to sleep, as the board does, and lets an alarm wake it
      --kind KIND         standby or suspend (default standby)
      --alarm SECONDS     when it wakes (default 5, at least 3); --no-alarm: only what --wake-by names wakes it
      --wake-by FOLDER    a device that may wake it, as in devices.wake

    motion    the sensors that are there; with --device an accelerometer is listened to
      --device NAME       the text of its file name or label in /sys/bus/iio/devices
      --tap-event EVENT   what counts as a tap (default in_accel_gesture_doubletap)
      --tilt DEGREES      bends of the head to a side, too; --side AXIS, x, y or z, is the axis from ear to ear (default x)
      --seconds N         how long (default 5), or until --taps N; --cycles N times (default 1), events are those of the last

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
      sotto_exit(try run(device, &words) ? 0 : 1)
    } catch {
      usage(error.text)
    }
  }

  /// Whether all went well.
  private static func run(_ device: String, _ words: inout Words) throws(ArgumentError) -> Bool {
    if device.matches("display") { return try DisplayCommand(&words).run() }
    if device.matches("camera") { return try CameraCommand(&words).run() }
    if device.matches("cameras") { return CameraList.run() }
    if device.matches("microphone") { return try MicrophoneCommand(&words).run() }
    if device.matches("speaker") { return try SpeakerCommand(&words).run() }
    if device.matches("cards") { return CardList.run() }
    if device.matches("motion") { return try MotionCommand(&words).run() }
    if device.matches("pins") { return try PinsCommand(&words).run() }
    if device.matches("sleep") { return try SleepCommand(&words).run() }
    throw ArgumentError(text: "there is no device " + device)
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
