import Units

/// What a display is doing, as a pure value: at most one commit is on its way to the kernel, what is wanted stands beside it, and
/// nobody waits.
///
///     dark ──turnOn──▶ lighting ──done──▶ lit ──present──▶ flipping ──done──▶ lit
///                                          │                                   │
///      ▲                                   └──turnOff──▶ darkening ◀───────────┘ (turnOff came meanwhile)
///      └───────────────── done ──────────────────────────────┘
///
/// A commit that has not ended at its deadline makes it `stalled`. From there the end of the commit, however late, leads back;
/// a picture to present is tried once more each time; turnOff abandons the card.
struct Scanout {
  enum State: Equatable {
    case dark
    /// The mode is being set, with the newest picture.
    case lighting(until: Instant)
    case lit
    case flipping(until: Instant)
    case darkening(until: Instant)
    case stalled
  }

  enum Event {
    case turnOn
    case turnOff
    case present
    /// The commit on its way has ended.
    case done
    /// `deadline` has come.
    case late
    /// The commit that the last action asked for was refused while an earlier one had not ended.
    case refused
    /// The kernel does not take this picture; the one before it stays.
    case rejected
    /// The card is gone or in other hands.
    case lost
  }

  /// What the driver does now.
  enum Action: Equatable {
    case nothing
    /// Set the mode and show the newest picture.
    case light
    /// Show the newest picture.
    case flip
    case darken
    /// It is dark and wanted dark: buffers can go.
    case release
    /// Tell the firmware that a commit did not end.
    case complain
    /// Give up the card without waiting for it.
    case abandon
  }

  /// A commit ends with the next picture of the panel. The slowest panels in use (e-paper aside) make 10 a second, an emulated
  /// one 3; a mode set of a panel behind a serial bus takes up to 300 ms.
  static let patience = Duration.seconds(2)

  private(set) var state = State.dark
  /// Desired: the panel is to be on.
  private(set) var isWanted = false
  /// There is a newer picture than the one on its way.
  private(set) var isBehind = false

  /// When `late` is to come.
  var deadline: Instant? {
    switch state {
    case .lighting(let until), .flipping(let until), .darkening(let until): until
    case .dark, .lit, .stalled: nil
    }
  }

  /// Whether the panel is as `isWanted` says.
  var hasSettled: Bool {
    switch state {
    case .dark: !isWanted
    case .lit, .flipping: isWanted
    case .lighting, .darkening, .stalled: false
    }
  }

  mutating func handle(_ event: Event, at now: Instant) -> Action {
    switch (state, event) {
    case (.dark, .turnOn):
      isWanted = true
      isBehind = false
      state = .lighting(until: now + Self.patience)
      return .light
    case (.lighting, .turnOn), (.lit, .turnOn), (.flipping, .turnOn), (.darkening, .turnOn), (.stalled, .turnOn):
      isWanted = true
      return .nothing

    case (.lit, .turnOff):
      isWanted = false
      state = .darkening(until: now + Self.patience)
      return .darken
    case (.dark, .turnOff), (.lighting, .turnOff), (.flipping, .turnOff), (.darkening, .turnOff):
      isWanted = false
      return .nothing
    case (.stalled, .turnOff):
      isWanted = false
      state = .dark
      return .abandon

    case (.lit, .present), (.stalled, .present):
      isBehind = false
      state = .flipping(until: now + Self.patience)
      return .flip
    case (.lighting, .present), (.flipping, .present), (.darkening, .present):
      isBehind = true
      return .nothing
    case (.dark, .present): return .nothing

    case (.lighting, .done), (.flipping, .done), (.stalled, .done): return settled(at: now)
    case (.darkening, .done):
      state = .dark
      return isWanted ? handle(.turnOn, at: now) : .release
    // The end of a commit that nobody waits for.
    case (.dark, .done), (.lit, .done): return .nothing

    case (.lighting(let until), .late), (.flipping(let until), .late), (.darkening(let until), .late):
      guard now >= until else { return .nothing }
      state = .stalled
      return .complain
    case (.dark, .late), (.lit, .late), (.stalled, .late): return .nothing

    case (.lighting, .refused), (.flipping, .refused), (.darkening, .refused):
      state = .stalled
      return .nothing
    case (.dark, .refused), (.lit, .refused), (.stalled, .refused): return .nothing

    case (.flipping, .rejected):
      state = .lit
      return .nothing
    case (.dark, .rejected), (.lighting, .rejected), (.lit, .rejected), (.darkening, .rejected), (.stalled, .rejected):
      return .nothing

    case (_, .lost):
      state = .dark
      isWanted = false
      isBehind = false
      return .nothing
    }
  }

  private mutating func settled(at now: Instant) -> Action {
    state = .lit
    if !isWanted { return handle(.turnOff, at: now) }
    return isBehind ? handle(.present, at: now) : .nothing
  }
}
