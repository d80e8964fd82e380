import Testing
import Units
import Wire

/// One message as Swift has it and as protobuf's text form has it, written down independently of each other.
struct Sample<Message: Sendable & Equatable>: Sendable, CustomTestStringConvertible {
  var message: Message
  var text: String

  init(_ message: Message, _ text: String) {
    self.message = message
    self.text = text
  }

  var testDescription: String { String(text.prefix(80)) }
}

/// UTF-8 of one to four bytes, a combining mark, a direction mark and a NUL.
let unicode = "aé漢🕶️e\u{301}\u{202e}\0z"
let unicodeText = #"a\303\251\346\274\242\360\237\225\266\357\270\217e\314\201\342\200\256\000z"#
let allBytes = [UInt8](0...255)
let allBytesText = allBytes.map { byte in
  let octal = String(byte, radix: 8)
  return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
}.joined()
let largest32 = UInt32.max
let largest64 = UInt64.max

/// Each kind with all its fields set, then its edges: everything default, the largest, empty, Unicode.
let deviceSamples: [Sample<DeviceMessage>] = [
  Sample(
    .hello(
      Hello(version: 1, deviceName: "left", captureRate: 16000, playbackRate: 24000, hasCamera: true, hasDisplay: true)),
    #"hello { version: 1 device_name: "left" capture_rate: 16000 playback_rate: 24000 has_camera: true has_display: true }"#),
  Sample(.hello(Hello(version: 0)), "hello {}"),
  Sample(
    .hello(Hello(version: 1, canResume: true, session: largest64, received: 57)),
    "hello { version: 1 can_resume: true session: 18446744073709551615 received: 57 }"),
  Sample(
    .hello(Hello(version: largest32, deviceName: unicode, captureRate: largest32, playbackRate: largest32)),
    "hello { version: 4294967295 device_name: \"\(unicodeText)\" capture_rate: 4294967295 playback_rate: 4294967295 }"),
  Sample(
    .turnBegan(TurnBegan(turn: 3, trigger: .button, preRollMilliseconds: 1000)),
    "turn_began { turn: 3 trigger: TRIGGER_BUTTON pre_roll_milliseconds: 1000 }"),
  Sample(.turnBegan(TurnBegan(trigger: .wakeWord)), "turn_began { trigger: TRIGGER_WAKE_WORD }"),
  Sample(
    .turnBegan(TurnBegan(trigger: .button, clockMicroseconds: largest64, pictureFollows: true)),
    "turn_began { trigger: TRIGGER_BUTTON clock_microseconds: 18446744073709551615 picture_follows: true }"),
  Sample(.turnBegan(TurnBegan(turn: 2, trigger: .kept)), "turn_began { turn: 2 trigger: TRIGGER_KEPT }"),
  Sample(.turnBegan(TurnBegan(turn: largest32, trigger: .typed)), "turn_began { turn: 4294967295 trigger: TRIGGER_TYPED }"),
  Sample(
    .audio(AudioPacket(turn: 3, sequence: 128, opus: [0xf8, 0xff, 0xfe])),
    #"audio { turn: 3 sequence: 128 opus: "\370\377\376" }"#),
  Sample(.audio(AudioPacket()), "audio {}"),
  Sample(
    .audio(AudioPacket(turn: largest32, sequence: largest32, opus: allBytes)),
    "audio { turn: 4294967295 sequence: 4294967295 opus: \"\(allBytesText)\" }"),
  // A submessage of 127 and of 128 bytes: where its length goes from one byte to two.
  Sample(
    .audio(AudioPacket(opus: [UInt8](repeating: 65, count: 125))), "audio { opus: \"\(String(repeating: "A", count: 125))\" }"),
  Sample(
    .audio(AudioPacket(opus: [UInt8](repeating: 65, count: 126))), "audio { opus: \"\(String(repeating: "A", count: 126))\" }"),
  Sample(
    .endOfSpeech(EndOfSpeech(turn: 3, reason: .silence, silenceMilliseconds: 600)),
    "end_of_speech { turn: 3 reason: END_REASON_SILENCE silence_milliseconds: 600 }"),
  Sample(
    .endOfSpeech(EndOfSpeech(reason: .silence, bitsPerSecond: 8_000)),
    "end_of_speech { reason: END_REASON_SILENCE bits_per_second: 8000 }"),
  Sample(.endOfSpeech(EndOfSpeech(reason: .longest)), "end_of_speech { reason: END_REASON_LONGEST }"),
  Sample(.endOfSpeech(EndOfSpeech(reason: .button)), "end_of_speech { reason: END_REASON_BUTTON }"),
  Sample(
    .endOfSpeech(EndOfSpeech(reason: .host, clockMicroseconds: 1 << 40)),
    "end_of_speech { reason: END_REASON_HOST clock_microseconds: 1099511627776 }"),
  Sample(
    .picture(
      PictureChunk(
        turn: 3, format: 1, width: 1280, height: 960, rotation: 90, offset: 32768, totalBytes: 32771, bytes: [1, 2, 3])),
    #"picture { turn: 3 format: 1 width: 1280 height: 960 rotation: 90 offset: 32768 total_bytes: 32771 bytes: "\001\002\003" }"#),
  Sample(.picture(PictureChunk()), "picture {}"),
  // A full piece: a length of three bytes.
  Sample(
    .picture(PictureChunk(turn: largest32, bytes: [UInt8](repeating: 66, count: Frame.picturePiece))),
    "picture { turn: 4294967295 bytes: \"\(String(repeating: "B", count: Frame.picturePiece))\" }"),
  Sample(.pictureFailed(PictureFailed(turn: 3, cause: 6)), "picture_failed { turn: 3 cause: 6 }"),
  Sample(.pictureFailed(PictureFailed()), "picture_failed {}"),
  Sample(.typed(TypedQuestion(turn: 4, text: "what time is it?")), #"typed { turn: 4 text: "what time is it?" }"#),
  Sample(.typed(TypedQuestion(text: unicode)), "typed { text: \"\(unicodeText)\" }"),
  Sample(
    .cancel(CancelTurn(turn: 3, reason: .button, heardMilliseconds: 1500)),
    "cancel { turn: 3 reason: CANCEL_REASON_BUTTON heard_milliseconds: 1500 }"),
  Sample(.cancel(CancelTurn(reason: .bargeIn)), "cancel { reason: CANCEL_REASON_BARGE_IN }"),
  Sample(.cancel(CancelTurn(reason: .takenOff)), "cancel { reason: CANCEL_REASON_TAKEN_OFF }"),
  Sample(.cancel(CancelTurn(reason: .nothingSaid)), "cancel { reason: CANCEL_REASON_NOTHING_SAID }"),
  Sample(.cancel(CancelTurn(reason: .timedOut)), "cancel { reason: CANCEL_REASON_TIMED_OUT }"),
  Sample(.cancel(CancelTurn(reason: .captureFailed)), "cancel { reason: CANCEL_REASON_CAPTURE_FAILED }"),
  Sample(.cancel(CancelTurn(reason: .shutdown)), "cancel { reason: CANCEL_REASON_SHUTDOWN }"),
  Sample(
    .status(DeviceStatus(hasBattery: true, batteryPercent: 68, isCharging: true, millivolts: 3850)),
    "status { has_battery: true battery_percent: 68 is_charging: true millivolts: 3850 }"),
  Sample(.status(DeviceStatus()), "status {}"),
  Sample(.received(Received(count: 25)), "received { count: 25 }"),
  Sample(.received(Received()), "received {}"),
]

let hostSamples: [Sample<HostMessage>] = [
  Sample(.welcome(Welcome(version: 1, hostName: "desk")), #"welcome { version: 1 host_name: "desk" }"#),
  Sample(.welcome(Welcome(version: 0)), "welcome {}"),
  Sample(
    .welcome(Welcome(version: 1, session: 1, resumed: true, received: largest32)),
    "welcome { version: 1 session: 1 resumed: true received: 4294967295 }"),
  Sample(.received(Received(count: 50)), "received { count: 50 }"),
  Sample(.welcome(Welcome(version: 1, localTime: LocalTime(hour: 0, minute: 0))), "welcome { version: 1 local_time: 1 }"),
  Sample(.welcome(Welcome(version: 1, localTime: LocalTime(hour: 21, minute: 59))), "welcome { version: 1 local_time: 79141 }"),
  Sample(
    .transcript(Transcript(turn: 3, text: "what time is it", isFinal: true)),
    #"transcript { turn: 3 text: "what time is it" is_final: true }"#),
  Sample(.transcript(Transcript(text: unicode)), "transcript { text: \"\(unicodeText)\" }"),
  Sample(.wantPicture(WantPicture(turn: 3)), "want_picture { turn: 3 }"),
  Sample(.wantPicture(WantPicture()), "want_picture {}"),
  Sample(.answerText(AnswerText(turn: 3, text: "It is noon.")), #"answer_text { turn: 3 text: "It is noon." }"#),
  Sample(.answerText(AnswerText(turn: largest32, text: "")), "answer_text { turn: 4294967295 }"),
  Sample(
    .speech(AudioPacket(turn: 3, sequence: 1, opus: [0, 1])), #"speech { turn: 3 sequence: 1 opus: "\000\001" }"#),
  Sample(.speech(AudioPacket(opus: allBytes)), "speech { opus: \"\(allBytesText)\" }"),
  Sample(
    .card(CardContent(turn: 3, title: "Noon", body: "12:00\nMonday")),
    #"card { turn: 3 title: "Noon" body: "12:00\nMonday" }"#),
  Sample(.card(CardContent(title: unicode, body: unicode)), "card { title: \"\(unicodeText)\" body: \"\(unicodeText)\" }"),
  Sample(
    .turnEnded(
      TurnEnded(
        turn: 3, outcome: .failed, reason: "no voice", recogniserMicroseconds: 1, languageMicroseconds: 1 << 33,
        speechMicroseconds: largest64)),
    """
    turn_ended { turn: 3 outcome: TURN_OUTCOME_FAILED reason: "no voice" recogniser_microseconds: 1 \
    language_microseconds: 8589934592 speech_microseconds: 18446744073709551615 }
    """),
  Sample(.turnEnded(TurnEnded(outcome: .answered)), "turn_ended { outcome: TURN_OUTCOME_ANSWERED }"),
  Sample(.turnEnded(TurnEnded(outcome: .nothingHeard)), "turn_ended { outcome: TURN_OUTCOME_NOTHING_HEARD }"),
  Sample(.turnEnded(TurnEnded(outcome: .cancelled)), "turn_ended { outcome: TURN_OUTCOME_CANCELLED }"),
  Sample(
    .reminder(Reminder(identifier: 7, afterMilliseconds: 300_000, title: "Tea", body: "Five minutes are over.")),
    #"reminder { identifier: 7 after_milliseconds: 300000 title: "Tea" body: "Five minutes are over." }"#),
  Sample(
    .reminder(Reminder(identifier: largest32, afterMilliseconds: 1 << 63)),
    "reminder { identifier: 4294967295 after_milliseconds: 9223372036854775808 }"),
  Sample(.refused(Refused(reason: "not paired")), #"refused { reason: "not paired" }"#),
  Sample(.refused(Refused(reason: "full", isFull: true)), #"refused { reason: "full" is_full: true }"#),
  Sample(.refused(Refused()), "refused {}"),
  Sample(.soundsFinished(SoundsFinished(turn: 3)), "sounds_finished { turn: 3 }"),
  Sample(.soundsFinished(SoundsFinished()), "sounds_finished {}"),
  Sample(
    .clockEcho(ClockEcho(clockMicroseconds: 5, hostMicroseconds: largest64)),
    "clock_echo { clock_microseconds: 5 host_microseconds: 18446744073709551615 }"),
  Sample(
    .turnEnded(TurnEnded(outcome: .answered, aheadMicroseconds: 9)),
    "turn_ended { outcome: TURN_OUTCOME_ANSWERED ahead_microseconds: 9 }"),
]

let pairingSamples: [Sample<PairingMessage>] = [
  Sample(.request(PairingRequest(version: 1, deviceName: "left")), #"request { version: 1 device_name: "left" }"#),
  Sample(.request(PairingRequest(version: 0, deviceName: unicode)), "request { device_name: \"\(unicodeText)\" }"),
  Sample(
    .commitment(PairingCommitment(hostName: "desk", commitment: [UInt8](repeating: 67, count: 32))),
    "commitment { host_name: \"desk\" commitment: \"\(String(repeating: "C", count: 32))\" }"),
  Sample(.commitment(PairingCommitment()), "commitment {}"),
  Sample(
    .nonce(PairingNonce(nonce: [UInt8](repeating: 68, count: 16))), "nonce { nonce: \"\(String(repeating: "D", count: 16))\" }"),
  Sample(.nonce(PairingNonce()), "nonce {}"),
  Sample(.confirmed(PairingConfirmed()), "confirmed {}"),
  Sample(.refused(Refused(reason: "the digits differ")), #"refused { reason: "the digits differ" }"#),
]
