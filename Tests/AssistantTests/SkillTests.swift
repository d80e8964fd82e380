import Foundation
import Memory
import Testing

@testable import Assistant

/// A wearer who talks to the local skills.
struct Wearer {
  let memory: Memory
  let skills: LocalSkills
  let history: History

  init(reads text: PictureText = PictureText(), memory path: String? = nil) throws {
    memory = try Memory(path: path)
    history = History(memory: memory)
    skills = LocalSkills(memory: memory, reader: ScriptedReader(text), history: history, timeZone: .gmt)
  }

  func pieces(_ text: String, view: Question.View = .notLooked, status: StatusOfGlasses? = StatusOfGlasses(batteryPercent: 62))
    async throws -> [AnswerPiece]
  {
    var pieces: [AnswerPiece] = []
    for try await piece in skills.answer(Question(text: text, context: context(status: status), view: view)) {
      pieces.append(piece)
    }
    return pieces
  }

  /// The spoken answer.
  func hears(_ text: String, view: Question.View = .notLooked, status: StatusOfGlasses? = StatusOfGlasses(batteryPercent: 62))
    async throws -> String
  {
    try await pieces(text, view: view, status: status).map {
      switch $0 {
      case .sentence(let sentence): sentence
      case .wantPicture: "LOOK"
      case .reminder(_, let after, let title, let body): "(\(after.components.seconds) s, \(title): \(body))"
      case .card: ""
      }
    }.filter { !$0.isEmpty }.joined(separator: " ")
  }
}

private let looked = Question.View.picture(Picture(bytes: [1], format: .jpeg))

@Suite struct Skills {
  @Test(arguments: [
    "What time is it?", "what's the time", "What is the time now, please?", "Hey, could you tell me the time?",
    "Do you have the time?",
    "What time is it now?", "Tell me what time it is.", "The time.", "what time is",
  ])
  func tellTheTime(_ question: String) async throws {
    #expect(try await Wearer().hears(question) == "It is 3:05 PM.")
  }

  @Test(arguments: [
    "What day is it?", "What day is it to-day?", "What's the date?", "What is today's date?", "Which day is it today?",
    "Tell me the date.",
  ])
  func tellTheDate(_ question: String) async throws {
    #expect(try await Wearer().hears(question) == "Today is Monday, November 23, 2026.")
  }

  @Test func tellTomorrowsDate() async throws {
    #expect(try await Wearer().hears("What day is it tomorrow?") == "Tomorrow is Tuesday, November 24, 2026.")
  }

  @Test(arguments: [
    "How much battery is left?", "What's my battery?", "How much batery is left?", "Battery level.",
    "How much charge do you have?",
    "how much power is left", "Are you charged?", "What's the battery status?",
  ])
  func tellTheBattery(_ question: String) async throws {
    #expect(try await Wearer().hears(question) == "The battery is at 62 percent.")
  }

  @Test func tellChargingAndUnknownBatteries() async throws {
    let charging = StatusOfGlasses(batteryPercent: 9, isCharging: true)
    #expect(try await Wearer().hears("Battery?", status: charging) == "The battery is at 9 percent and charging.")
    #expect(try await Wearer().hears("Battery?", status: nil) == "The glasses have not told me their battery level.")
    #expect(
      try await Wearer().hears("What is the status of the glasses?") == "Test glasses is connected. The battery is at 62 percent."
    )
  }

  @Test(arguments: [
    ("Set a timer for five minutes.", "(300 s, Timer: 5 minutes are over.) Timer set for 5 minutes."),
    ("Set timer 5 minutes", "(300 s, Timer: 5 minutes are over.) Timer set for 5 minutes."),
    ("Start a 90 second timer", "(90 s, Timer: 1 minute and 30 seconds are over.) Timer set for 1 minute and 30 seconds."),
    (
      "Set a timer for an hour and a half.",
      "(5400 s, Timer: 1 hour and 30 minutes are over.) Timer set for 1 hour and 30 minutes."
    ),
    ("Timer for half an hour", "(1800 s, Timer: 30 minutes are over.) Timer set for 30 minutes."),
    ("Can you set a timer for twenty-five minutes please?", "(1500 s, Timer: 25 minutes are over.) Timer set for 25 minutes."),
    ("Set a timer.", "For how long? Say, for example: set a timer for 5 minutes."),
    ("Remind me in ten minutes to call home.", "(600 s, Reminder: Call home) I will remind you in 10 minutes."),
    ("Remind me to turn off the oven in 20 minutes.", "(1200 s, Reminder: Turn off the oven) I will remind you in 20 minutes."),
    ("Cancel the timer.", "I cannot stop a timer that runs. It will show once and then be gone."),
  ])
  func setTimers(_ request: String, _ answer: String) async throws {
    #expect(try await Wearer().hears(request) == answer)
  }

  @Test(arguments: [
    "Remember that my locker code is 4417.", "Please remember my locker code is 4417",
    "Remember that my locker code is four, four, one, seven.",
    "Don't forget that my locker code is 4417.", "Make a note that my locker code is 4417.",
    "Can you remember that my locker code is 4417?",
    "Remembr that my locker code is 4417.", "Note that my locker code is 4417",
  ])
  func rememberAndRecall(_ request: String) async throws {
    let wearer = try Wearer()
    #expect(try await wearer.hears(request) == "I will remember that your locker code is 4417.")
    for question in [
      "What did I say about my locker?", "What is my locker code?", "What's my locker code?", "Do you remember my locker code?",
      "what did I tell you about the locker", "Remind me of my locker code.", "What do you know about my locker?",
      "What did you remember?",
      "What have I told you about lockers?",
    ] {
      #expect(try await wearer.hears(question) == "You told me that your locker code is 4417.", "\(question)")
    }
  }

  @Test func rememberWhatIsNewerAboutTheSameThing() async throws {
    let wearer = try Wearer()
    _ = try await wearer.hears("Remember that my locker code is 4417.")
    #expect(
      try await wearer.hears("Remember that my locker code is 12.")
        == "I will remember that your locker code is 12. Before, you told me that your locker code is 4417.")
    #expect(try await wearer.hears("What is my locker code?") == "You told me that your locker code is 12.")
    #expect(try await wearer.hears("Remember that my locker code is 12.") == "I knew that already.")
  }

  @Test func recallWhereThingsAre() async throws {
    let wearer = try Wearer()
    #expect(try await wearer.hears("Remember that I parked in row seven.") == "I will remember that you parked in row seven.")
    #expect(try await wearer.hears("Where did I park?") == "You told me that you parked in row seven.")
    #expect(try await wearer.hears("Where is my car?") == "You have not told me about car.")
  }

  @Test func sayWhenTheyAreNotSure() async throws {
    let wearer = try Wearer()
    _ = try await wearer.hears("Remember that my door code is 99.")
    #expect(try await wearer.hears("What is my locker code?") == "I am not sure. You told me that your door code is 99.")
  }

  @Test(arguments: [
    "Forget what I said about my locker.", "Forget about my locker.", "Forget everything about the locker",
    "Forgett what I told you about my locker.", "Delete what I said about my locker.",
  ])
  func forget(_ request: String) async throws {
    let wearer = try Wearer()
    _ = try await wearer.hears("Remember that my locker code is 4417.")
    let answer = try await wearer.hears(request)
    #expect(answer.hasPrefix("I have forgotten what you said about "))
    #expect(!answer.contains("4417"))
    #expect(try await wearer.memory.facts(device: "glasses").isEmpty)
    #expect(try await wearer.hears("What did I say about my locker?") == "You have not told me about your locker.")
  }

  @Test func forgetNothingWithoutATopic() async throws {
    let wearer = try Wearer()
    _ = try await wearer.hears("Remember that my locker code is 4417.")
    #expect(
      try await wearer.hears("Forget everything.") == "What shall I forget? Say, for example: forget what I said about my locker."
    )
    #expect(try await wearer.hears("Forget what I said about bananas.") == "I remember nothing about bananas.")
    #expect(try await wearer.memory.facts(device: "glasses").count == 1)
  }

  @Test(arguments: [
    "Read this.", "What does this sign say?", "What does it say?", "Read this to me, please.", "What's written there?",
    "Can you read that?",
    "Reed this.", "What does this sine say?", "What do you see?", "What is this?", "Scan this code.", "Scan the QR code.",
    "What am I looking at?",
    "Read the menu.", "What does that say?", "Read it aloud",
  ])
  func lookBeforeTheyRead(_ request: String) async throws {
    #expect(try await Wearer().hears(request) == "LOOK")
  }

  @Test func readSignsPagesAndCodes() async throws {
    #expect(
      try await Wearer(reads: PictureText(lines: ["DOUBLE", "PARKING", "PROHIBITED"])).hears(
        "What does this sign say?", view: looked)
        == "It says: Double parking prohibited.")
    let page = PictureText(lines: ["Opening hours from Monday to Friday are from nine to seventeen.", "Closed on Sunday."])
    #expect(
      try await Wearer(reads: page).hears("Read this.", view: looked)
        == "Opening hours from Monday to Friday are from nine to seventeen. Closed on Sunday.")
    let code = PictureText(codes: [.init(kind: "QR-Code", text: "https://example.org/menu")])
    #expect(try await Wearer(reads: code).hears("Scan this.", view: looked) == "A QR code with a link to example.org.")
    let number = PictureText(codes: [.init(kind: "EAN-13", text: "4006381333931")])
    #expect(try await Wearer(reads: number).hears("Scan this.", view: looked) == "A bar code: 4006381333931.")
    #expect(try await Wearer().hears("Read this.", view: looked) == "I can see no text that I can read.")
    #expect(
      try await Wearer().hears("What do you see?", view: looked) == "Offline I can only read. I can see no text that I can read.")
  }

  @Test(arguments: ["Stop.", "Never mind.", "Cancel.", "Forget it.", "Nevermind", "Be quiet", "Thank you."])
  func stop(_ request: String) async throws {
    #expect(try await Wearer().hears(request) == "Okay.")
  }

  @Test(arguments: ["Say that again.", "Repeat that, please.", "What did you say?", "Could you repeat that?", "Pardon?"])
  func repeatThemselves(_ request: String) async throws {
    let wearer = try Wearer()
    #expect(try await wearer.hears(request) == "I have not said anything yet.")
    _ = await wearer.history.record(
      Exchange(device: "glasses", turn: 1, at: someDay, question: "?", answer: "It is late. Go to bed.", outcome: .answered))
    #expect(try await wearer.hears(request) == "It is late. Go to bed.")
  }

  @Test(arguments: ["Help.", "What can you do?", "Help me", "What can I say?"])
  func help(_ request: String) async throws {
    #expect(try await Wearer().hears(request).hasPrefix("I can tell the time"))
  }

  @Test(arguments: [
    "Go forward ten meters.", "Ten of clubs.", "He was not an ill-disposed young man.", "Five, five.",
    "Who wrote the opera about the barber of Seville?",
    "Had he married a more amiable woman, he might have been made still more respectable than he was.",
    "What is the capital of Norway?",
    "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power to do for them.",
    "Times are hard.",
  ])
  func admitWhatTheyCannot(_ question: String) async throws {
    #expect(try await Wearer().hears(question) == "I can't answer that offline. Connect a language model for such questions.")
  }

  @Test func rememberOverARestartOfTheHost() async throws {
    let path = NSTemporaryDirectory() + "sotto-skills-\(UUID().uuidString)/memory.sqlite"
    defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
    _ = try await Wearer(memory: path).hears("Remember that my locker code is 4417.")
    #expect(
      try await Wearer(memory: path).hears("What did I say about my locker?") == "You told me that your locker code is 4417.")
  }
}

@Suite struct Words {
  @Test(arguments: [
    ("set a timer for 5 minutes", 300), ("an hour", 3600), ("half an hour", 1800), ("one minute thirty seconds", 90),
    ("two and a half hours", 9000),
    ("a quarter of an hour", 900), ("1 hour 20 minutes", 4800), ("ninety seconds", 90),
  ])
  func durations(_ text: String, _ seconds: Int) { #expect(SpokenDuration.find(in: Utterance(text).words)?.seconds == seconds) }

  @Test(arguments: ["no time at all", "5", "minutes", "zero minutes", "three hundred days"])
  func noDurations(_ text: String) { #expect(SpokenDuration.find(in: Utterance(text).words) == nil) }

  @Test(arguments: [
    ("My locker is mine.", "your locker is yours."), ("I was at home and I'm late", "you were at home and you're late"),
    ("you told me", "I told you"), ("Oslo is cold", "Oslo is cold"),
  ])
  func speakers(_ text: String, _ turned: String) { #expect(Speaker.turned(text) == turned) }

  @Test(arguments: [
    ("code four, four, one, seven.", "code 4417."), ("one or two", "one or two"), ("I have one two", "I have one two"),
    ("4 4 1 7", "4417"),
  ])
  func digits(_ text: String, _ joined: String) { #expect(SpokenDigits.joined(text) == joined) }

  @Test(arguments: [
    ("Your code is 4417.", "Your code is 4 4 1 7."), ("It is 3:05 PM.", "It is 3 oh 5 PM."), ("It is 12:30.", "It is 12:30."),
    ("Today is November 23, 2026.", "Today is November 23, 2026."), ("It is 4:00.", "It is 4 o'clock."),
    ("Pay 1,250.50 now", "Pay 1,250.50 now"),
  ])
  func spelling(_ text: String, _ spelled: String) { #expect(Spelled.out(text) == spelled) }

  @Test func sentences() {
    #expect(Sentences.of("Dr. No is in. He waits!  Why?") == ["Dr. No is in.", "He waits!", "Why?"])
    #expect(Sentences.of(String(repeating: "word ", count: 100)).allSatisfy { $0.count <= 170 })
    #expect(Sentences.of(" \n ").isEmpty)
  }

  @Test func clauses() {
    let parts = Phonemes.split("Well, it is 4:30 p.m. now. Come!")
    #expect(parts.map(\.text) == ["Well", "it is 4:30 p.m. now", "Come"])
    #expect(parts.map(\.mark) == [",", ".", "!"])
    #expect(Phonemes.split("...").isEmpty)
  }

  @Test func phrasesMustNotMixUpTheirWords() {
    #expect(!Phrase.sounds("time", like: "timer"))
    #expect(Phrase.sounds("batery", like: "battery"))
    #expect(!Phrase.sounds("bat", like: "battery"))
    #expect(("^set timer" as Phrase).end(in: ["set", "me", "a", "timer", "now"]) == 4)
    #expect(("^timer" as Phrase).end(in: ["the", "timer"]) == nil)
    #expect(Phrase.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
  }
}
