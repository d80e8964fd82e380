import Testing

@testable import BoardFile

@Suite struct DependencyTests {
  /// A board with a camera and a speaker, whose levels dependencies name.
  private static let withParts =
    smallest.replacing("[\"button\"]", with: "[\"camera\", \"speaker\", \"indicator\"]")
    + ["link", "camera", "speaker", "indicator"].map { part in
      (part == "link" ? ["up"] : ["off", "on"]).map {
        "[[power.\(part)]]\nlevel = \"\($0)\"\nmilliwatts = 0\nsource = \"estimate: no current flows in a test\"\n"
      }.joined()
    }.joined()

  private static func need(_ part: String, _ level: String, _ requires: String, _ other: String, _ kind: String = "assertive")
    -> String
  {
    "[[power.dependency]]\npart = \"\(part)\"\nlevel = \"\(level)\"\nrequires = \"\(requires)\"\nrequires_level = \"\(other)\"\n"
      + "kind = \"\(kind)\"\n"
  }

  @Test func dependenciesAndTimesReachTheFlatFile() throws {
    let boards = try BoardsFolder()
    let text =
      Self.withParts.replacing(
        "level = \"on\"\nmilliwatts = 0\nsource = \"estimate: no current flows in a test\"\n[[power.speaker]]",
        with: """
          level = "on"
          milliwatts = 0
          source = "estimate: no current flows in a test"
          fall = "20 ms"
          fall_source = "estimate: no current flows in a test"
          deadline = "2 s"
          [[power.speaker]]
          """)
      + Self.need("camera", "on", "link", "up") + Self.need("speaker", "on", "camera", "on", "opportunistic")
    let flat = try BoardFile.load(try boards.add("acme/one", text)).flat
    for line in [
      "assertive.camera.1.link=1", "opportunistic.speaker.1.camera=1", "fall.camera=0,20000", "deadline.camera=0,2000000",
    ] {
      #expect(flat.contains("\n\(line)\n"), "\(line) in \(flat)")
    }
  }

  @Test func dependenciesMustMakeSense() throws {
    func problems(_ added: String) throws -> [String] { try BoardsFolder().problems(of: Self.withParts + added) }
    #expect(try problems(Self.need("camera", "on", "link", "up")) == [])
    #expect(
      try problems(Self.need("indicator", "on", "link", "up") + Self.need("link", "up", "camera", "on")) == [
        "power.dependency[1]: goes in a circle: link → camera → indicator → link; none of them could come up first "
          + "(camera and microphone always need the indicator)"
      ])
    #expect(
      try problems(Self.need("camera", "onn", "link", "up")) == [
        "power.dependency[0].level: camera has no level \"onn\" (did you mean on?); levels: on"
      ])
    #expect(
      try problems(Self.need("camera", "off", "link", "up")) == [
        "power.dependency[0].level: must be above level 0 of the camera: what is off needs nothing, and is never waited for"
      ])
    #expect(
      try problems(Self.need("camera", "on", "display", "on")) == ["power.dependency[0].requires_level: the board has no display"]
    )
    let twice = Self.need("camera", "on", "link", "up")
    #expect(try problems(twice + twice) == ["power.dependency[1]: is stated twice: camera at on on link"])
    #expect(
      try problems(Self.need("camera", "on", "link", "up", "friendly")).first?.hasPrefix("power.dependency[0].kind: must be")
        == true)
  }
}
