import CLinux
import Units

/// The command line of `sottod`.
struct Arguments {
  enum Action { case run, doctor, selfTest, version, help }

  var action = Action.run
  var board = ""
  var host: String?
  var state: String?
  var out: String?
  var trace: String?
  var wakeWords = "/usr/share/sotto/wake-words"
  var control: String?
  var hasControl = true
  var readsStimuli = false
  var microphone: String?
  var speaker: String?
  var camera: String?
  var echo: Int?
  var seed: UInt64 = 1
  /// Of the doctor.
  var asJSON = false
  var yes = false
  var parts: [String] = []
  /// GPIO lines to be watched: chip and line.
  var lines: [(chip: String, line: String)] = []

  /// Whether anything was asked that only a simulated board can do.
  var isForSimulation: Bool {
    out != nil || readsStimuli || microphone != nil || speaker != nil || camera != nil || echo != nil
  }

  static let help: StaticString = """
    sottod - the firmware of Sotto glasses

    usage: sottod --board FILE [options]

      --board FILE        the flat board file that `sotto board check BOARD --flat FILE` writes
      --host HOST:PORT    the paired host, instead of the board file's address
      --state DIR         where keys and pairings are kept (default: ~/.local/state/sotto)
      --wake-words DIR    where the wake words of the board file are (default: /usr/share/sotto/wake-words; docs/wake.md)
      --trace FILE        write the trace (Chrome JSON) to FILE; /dev/stdout works too
      --control PATH      the local control socket (default: control in the folder of --state; docs/control.md)
      --no-control        have none
      --doctor            look at this machine part by part and exit (docs/doctor.md); --board is not needed
      --self-test         print the transcript of the checks of the pure core and exit
      --version           print the version and exit
      --help              print this and exit

    simulated board:
      --out DIR           write what the speaker plays and the display shows into DIR
      --stimuli -         read stimuli from standard input, one per line (docs/simulated-board.md)
      --mic alsa:NAME     hear through a real microphone
      --speaker alsa:NAME play on a real speaker
      --camera PATH       see through a camera (/dev/video0), a picture, or a folder of pictures
      --echo DB           let the microphone hear the speaker, so many decibels weaker than it plays (0 to 60)
      --seed N            seed of the simulated noise (default 1)

    doctor:
      --json              print one JSON object
      --yes               try everything without asking: a picture, a tone, the light, a test card
      --part NAME         this part only; may be given several times
      --line CHIP:LINE    watch this GPIO line, too; may be given several times
      --out DIR           where the test picture is put (default /tmp)

    exit codes: 0 ended as asked, 2 wrong command line, 3 the board or its files cannot be used;
    of the doctor: 0 nothing is wrong, 1 something is

    """

  init(_ words: [String]) throws(ArgumentError) {
    var index = 0
    func value(of option: String) throws(ArgumentError) -> String {
      index += 1
      guard index < words.count else { throw ArgumentError(text: option + " needs a value") }
      return words[index]
    }
    while index < words.count {
      let word = words[index]
      if word.matches("--board") {
        board = try value(of: word)
      } else if word.matches("--host") {
        host = try value(of: word)
      } else if word.matches("--state") {
        state = try value(of: word)
      } else if word.matches("--out") {
        out = try value(of: word)
      } else if word.matches("--wake-words") {
        wakeWords = try value(of: word)
      } else if word.matches("--trace") {
        trace = try value(of: word)
      } else if word.matches("--control") {
        control = try value(of: word)
      } else if word.matches("--no-control") {
        hasControl = false
      } else if word.matches("--mic") {
        microphone = try Self.alsa(try value(of: word), option: word)
      } else if word.matches("--speaker") {
        speaker = try Self.alsa(try value(of: word), option: word)
      } else if word.matches("--camera") {
        camera = try value(of: word)
      } else if word.matches("--seed") {
        let text = try value(of: word)
        guard let number = UInt64(text) else { throw ArgumentError(text: "--seed needs a number of 0 or more, not " + text) }
        seed = number
      } else if word.matches("--echo") {
        let text = try value(of: word)
        guard let number = Int(text), (0...60).contains(number) else {
          throw ArgumentError(text: "--echo needs a number from 0 to 60, not " + text)
        }
        echo = number
      } else if word.matches("--stimuli") {
        let source = try value(of: word)
        guard source.matches("-") else { throw ArgumentError(text: "--stimuli can only read standard input: --stimuli -") }
        readsStimuli = true
      } else if word.matches("--doctor") {
        action = .doctor
      } else if word.matches("--json") {
        asJSON = true
      } else if word.matches("--yes") {
        yes = true
      } else if word.matches("--part") {
        parts.append(try value(of: word))
      } else if word.matches("--line") {
        lines.append(try Self.line(try value(of: word)))
      } else if word.matches("--self-test") {
        action = .selfTest
      } else if word.matches("--version") {
        action = .version
      } else if word.matches("--help") || word.matches("-h") {
        action = .help
      } else {
        throw ArgumentError(text: "unknown option " + word)
      }
      index += 1
    }
    if asJSON || yes || !parts.isEmpty || !lines.isEmpty {
      guard case .doctor = action else { throw ArgumentError(text: "--json, --yes, --part and --line belong to --doctor") }
    }
    if case .run = action, board.utf8.isEmpty {
      throw ArgumentError(
        text: "--board is missing: make a flat board file with `sotto board check boards/sim/glasses --flat FILE`")
    }
  }

  /// A chip's label may hold colons, a line's name rarely does.
  private static func line(_ text: String) throws(ArgumentError) -> (chip: String, line: String) {
    let bytes = [UInt8](text.utf8)
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > 0, colon < bytes.count - 1 else {
      throw ArgumentError(text: "--line takes CHIP:LINE, for example gpiochip0:17, not " + text)
    }
    return (String(decoding: bytes[..<colon], as: UTF8.self), String(decoding: bytes[(colon + 1)...], as: UTF8.self))
  }

  private static func alsa(_ text: String, option: String) throws(ArgumentError) -> String {
    let prefix = "alsa:"
    guard text.utf8.starts(with: prefix.utf8), text.utf8.count > prefix.utf8.count else {
      throw ArgumentError(text: option + " takes alsa:NAME, for example alsa:default")
    }
    return String(decoding: text.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}

struct ArgumentError: Error {
  var text: String
}

extension String {
  /// Byte equality: option names are ASCII.
  func matches(_ other: StaticString) -> Bool {
    other.withUTF8Buffer { utf8.elementsEqual($0) }
  }
}
