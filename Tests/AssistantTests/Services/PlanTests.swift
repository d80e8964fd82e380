import Foundation
import Testing
import Wyoming

@testable import Assistant

@Suite struct Plans {
  private func problems(_ text: String) -> [String] {
    do {
      _ = try BackEndPlan.parse(text, file: "home.toml", cacheDirectory: "/cache")
      return []
    } catch {
      return error.problems
    }
  }

  @Test func theDocumentedExampleMeansWhatItSays() throws {
    let plan = try BackEndPlan.parse(
      """
      [speech_to_text]
      use = ["whisper", "embedded"]

      [language]
      use = ["ollama", "embedded"]

      [image]
      use = ["ollama", "embedded"]

      [back_end.whisper]
      kind = "wyoming"
      address = "homeassistant.local:10300"
      language = "en"
      connect = "500ms"

      [back_end.ollama]
      kind = "openai"
      url = "http://127.0.0.1:11434/v1/"
      model = "qwen2.5vl:3b"
      images = true
      tools = true
      key_file = "~/.config/sotto/key"
      first_output = "1.5 s"
      parameters = { temperature = 0.2, stop = ["\\n\\n"] }

      [network]
      plaintext_hosts = ["homeassistant.local"]
      """, file: "home.toml", cacheDirectory: "/cache")
    #expect(plan.order[.speechToText] == ["whisper", "embedded"] && plan.order[.textToSpeech] == ["embedded"])
    guard case .wyoming(let whisper)? = plan.services["whisper"], case .openAI(let ollama)? = plan.services["ollama"] else {
      Issue.record("the services are missing")
      return
    }
    #expect(whisper.address == WyomingAddress(host: "homeassistant.local", port: 10_300))
    #expect(whisper.deadlines.connect == .milliseconds(500) && whisper.language == "en")
    #expect(ollama.url == "http://127.0.0.1:11434/v1" && ollama.images && ollama.tools)
    #expect(ollama.key == .file(NSHomeDirectory() + "/.config/sotto/key"))
    #expect(ollama.deadlines.firstOutput == .milliseconds(1500))
    #expect(ollama.parameters == ["temperature": .decimal(0.2), "stop": .list([.text("\n\n")])])
  }

  @Test func anEmptyFileIsTheEmbeddedAssistant() throws {
    #expect(try BackEndPlan.parse("", file: "x", cacheDirectory: "/") == BackEndPlan())
  }

  @Test func theLocalSetUpIsAValidConfiguration() throws {
    let plan = try BackEndPlan.local(cacheDirectory: "/cache", port: 9000)
    #expect(plan.order[.language] == ["llama", "embedded"])
    #expect(plan.programs["llama"]?.command.first == "/cache/llama/llama-server")
    #expect(plan.programs["llama"]?.port == 9000 && plan.programs["llama"]?.environment == ["GOMP_SPINCOUNT": "0"])
  }

  @Test(arguments: [
    ("[language]\nuse = [\"llama\"]", "home.toml: line 2: language.use: \"llama\" is described nowhere"),
    ("[language]\nuse = []", "line 2: language.use: must name one"),
    ("[language]\nuse = \"embedded\"", "must be a list of texts, but is a text"),
    ("[langauge]\nuse = [\"embedded\"]", "line 1: langauge: is not known here"),
    ("x = [", "line 1"),
    ("[back_end.a]\nkind = \"grpc\"", "line 2: back_end.a.kind: \"grpc\" is not known"),
    ("[back_end.a]\nkind = \"wyoming\"", "line 1: back_end.a.address: is missing"),
    ("[back_end.a]\nkind = \"wyoming\"\naddress = \"here\"", "line 3: back_end.a.address: \"here\" is no address"),
    (
      "[back_end.a]\nkind = \"wyoming\"\naddress = \"10.0.0.7:1\"",
      "Wyoming has no encryption; write plaintext_hosts = [\"10.0.0.7\"]"
    ),
    ("[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"http://10.0.0.7/v1\"", "use https, or write plaintext_hosts"),
    ("[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"http://127.0.0.1.evil.org/v1\"", "is another machine"),
    ("[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"https://u:p@h/v1\"", "holds a user or a password"),
    ("[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"ftp://h\"", "is no address of a service"),
    ("[back_end.a]\nkind = \"openai\"\nurl = \"https://h/v1\"", "back_end.a.model: is missing"),
    (
      "[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"https://h/v1\"\nkey = \"sk-123\"",
      "holds a key: put it into a file"
    ),
    (
      "[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"https://h/v1\"\nidle = \"soon\"",
      "line 5: back_end.a.idle: \"soon\" is no length"
    ),
    ("[back_end.embedded]\nkind = \"openai\"", "is the name of what is built in"),
    ("[network]\nplaintext_hosts = [\"8.8.8.8\"]", "is an address of the internet"),
    (
      "[image]\nuse = [\"a\"]\n[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"https://h/v1\"",
      "write images = true in [back_end.a]"
    ),
    ("[back_end.a]\nkind = \"openai\"\nmodel = \"m\"\nurl = \"https://h/v1\"\ncommand = [\"x\"]", "must be this machine's too"),
  ])
  func whatIsWrongIsSaidWithItsPlace(_ text: String, _ words: String) {
    let found = problems(text)
    #expect(found.contains { $0.contains(words) }, "\(found)")
    #expect(!"\(found)".contains("sk-123"))
  }

  @Test func keysComeFromTheEnvironmentOrAPrivateFile() throws {
    #expect(try Secret.Source.environment("K").load(["K": " abc\n"]).value == "abc")
    for (environment, words) in [([:], "is not set"), (["K": "a b"], "visible ASCII"), (["K": "a\r\nHost: x"], "visible ASCII")] {
      #expect {
        try Secret.Source.environment("K").load(environment)
      } throws: { "\($0)".contains(words) && !"\($0)".contains("Host") }
    }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (mode, isTaken) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
      try? FileManager.default.removeItem(atPath: path)
      _ = FileManager.default.createFile(atPath: path, contents: Data("sk-1\n".utf8), attributes: [.posixPermissions: mode])
      #expect((try? Secret.Source.file(path).load([:]).value) == (isTaken ? "sk-1" : nil))
    }
    #expect(throws: SecretFailure.self) { try Secret.Source.file("/tmp").load([:]) }
  }

  @Test func aKeyIsInNoDescription() {
    let secret = Secret("sk-1")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!("\(secret)" + String(reflecting: secret) + dumped + "\([secret])").contains("sk-1"))
  }
}

@Suite struct Streams {
  @Test func eventsAreDividedWhereverTheBytesAreCut() throws {
    let text = ": hi\r\ndata: one\r\n\r\nevent: x\ndata:two\ndata: three\n\ndata: last"
    for size in 1...text.utf8.count {
      var parser = ServerSentEvents()
      var events: [String] = []
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        events += try parser.add(bytes[start..<min(start + size, bytes.count)]).map { String(decoding: $0, as: UTF8.self) }
      }
      #expect(events == ["one", "two\nthree"])
      #expect(parser.finish().map { String(decoding: $0, as: UTF8.self) } == "last")
    }
  }

  @Test func thoughtsAndMarkupAreNotSpokenWhereverTheyAreCut() {
    let text = "<think>hm, 1 < 2</think># **Yes**, 3 < 4 and `a`."
    for size in 1...text.count {
      var spoken = SpokenText()
      var said = ""
      var rest = Substring(text)
      while !rest.isEmpty {
        said += spoken.add(String(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      #expect(said + spoken.finish() == " Yes, 3 < 4 and a.")
    }
  }

  @Test func callsOfToolsAreBounded() {
    var chat = ChatStream()
    for index in 0..<8 {
      #expect(
        chat.take(Array(#"{"choices":[{"delta":{"tool_calls":[{"index":\#(index),"function":{"name":"a"}}]}}]}"#.utf8))
          == .nothing)
    }
    let more = Array(#"{"choices":[{"delta":{"tool_calls":[{"index":8,"function":{"name":"a"}}]}}]}"#.utf8)
    #expect(chat.take(more) == .failed("calls more tools than are taken"))
    var other = ChatStream()
    #expect(other.take(Array(#"{"choices":[{"delta":{"tool_calls":[{"index":5}]}}]}"#.utf8)) != .nothing)
  }
}
