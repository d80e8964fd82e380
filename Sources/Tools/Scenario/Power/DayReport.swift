import Engagement
import Foundation
import Units

/// What a day costs a board, modelled from its figures. The names of the JSON keys are fixed (docs/power-model.md).
public struct DayReport: Sendable, Equatable, Codable {
  /// Always `modelled`: nothing here was measured.
  public var label = "modelled"
  public var board: String
  public var scenario: String
  public var seed: UInt64
  /// Changes to the board's figures that were asked for.
  public var whatIf: [String]

  public var batteryMilliwattHours: Double
  /// From a full battery to an empty one.
  public var batteryHours: Double
  /// The battery outlasted the play, and the play was taken to repeat itself.
  public var batteryIsExtrapolated: Bool
  /// Batteries that the play emptied or began.
  public var batteries: Int
  public var averageMilliwatts: Double

  /// In milliwatt hours, rises included.
  public var energyByPart: [String: Double]
  /// `part.level`, without rises.
  public var energyByLevel: [String: Double]
  public var energyByState: [String: Double]
  public var hoursByState: [String: Double]
  /// By way to idle: how long the system was down, how often it went down, and how often an event turned that back.
  public var hoursByIdle: [String: Double] = [:]
  public var idleEntries: [String: UInt64] = [:]
  public var idleAborted: [String: UInt64] = [:]
  /// How often each part came up, and what that cost in milliwatt hours beyond its levels.
  public var rises: [String: UInt64]
  public var energyOfRises: [String: Double]
  /// How much of the energy rests on figures that are estimates, published or measured.
  public var energyByBasis: [String: Double]
  /// The `part.level` that uses most, and its share of everything.
  public var dominant: String
  public var dominantShare: Double

  public var wakeups: Int
  public var wakeupsPerHour: Double
  /// While no turn is under way, for each hour of such time.
  public var restingWakeupsPerHour: Double
  public var queries: Int
  public var queriesAnswered: Int
  /// Mean over the answered queries; nil without any.
  public var millijoulesPerQuery: Double?
  /// From the button to the open microphone, as it was played: with the way out of the system's sleep and the parts' rises; nil when nothing was asked.
  public var longestWakeMilliseconds: Double?
  /// How much more the ledger says than the fuel gauge, in thousandths: here the gauge follows the ledger, so it shows the gauge's steps.
  public var gaugeDriftPermille: Double?

  /// Nil when the glasses were never armed.
  public var armed: Armed?

  /// What listening for the wake word cost.
  public struct Armed: Sendable, Equatable, Codable {
    public var hours: Double
    /// Mean power of everything meanwhile.
    public var milliwatts: Double
    public var wakeupsPerSecond: Double
    /// Measured on the machine that played the day, in milliseconds a second: the firmware, the simulated microphone and the rig.
    public var processorMillisecondsPerSecond: Double
    /// The words that were listened for.
    public var words: [String]
    /// Used by the microphone at its level `local` and the processor at the level that it needs for that, beyond what they draw at rest, in
    /// milliwatt hours of the whole play.
    public var cost: Double
    /// At the mean power of the play, and at what that would be without the cost.
    public var batteryHours: Double
    public var batteryHoursWithout: Double
    /// How long a day's cost would have kept the glasses going, at the mean power without it.
    public var hoursLostPerDay: Double

    enum CodingKeys: String, CodingKey {
      case hours
      case milliwatts = "mw"
      case wakeupsPerSecond = "wakeups_per_second"
      case processorMillisecondsPerSecond = "cpu_ms_per_second"
      case words = "wake_words"
      case cost = "cost_mwh"
      case batteryHours = "battery_hours"
      case batteryHoursWithout = "battery_hours_without"
      case hoursLostPerDay = "hours_lost_per_day"
    }
  }

  public var passed: Bool
  public var failures: [ScenarioFailure]
  public var traceSHA256: String
  public var virtualSeconds: Double
  public var wallSeconds: Double

  enum CodingKeys: String, CodingKey {
    case label, board, scenario, seed, rises, batteries, dominant, wakeups, queries, armed, passed, failures
    case whatIf = "what_if"
    case batteryMilliwattHours = "battery_mwh"
    case batteryHours = "battery_hours"
    case batteryIsExtrapolated = "battery_extrapolated"
    case averageMilliwatts = "average_mw"
    case energyByPart = "energy_mwh"
    case energyByLevel = "energy_by_level_mwh"
    case energyByState = "energy_by_state_mwh"
    case hoursByState = "hours_by_state"
    case hoursByIdle = "hours_by_idle"
    case idleEntries = "idle_entries"
    case idleAborted = "idle_aborted"
    case energyOfRises = "rises_mwh"
    case energyByBasis = "energy_by_basis_mwh"
    case dominantShare = "dominant_share"
    case wakeupsPerHour = "wakeups_per_hour"
    case restingWakeupsPerHour = "resting_wakeups_per_hour"
    case queriesAnswered = "queries_answered"
    case millijoulesPerQuery = "mj_per_query"
    case longestWakeMilliseconds = "longest_wake_ms"
    case gaugeDriftPermille = "gauge_drift_permille"
    case traceSHA256 = "trace_sha256"
    case virtualSeconds = "virtual_seconds"
    case wallSeconds = "wall_seconds"
  }

  /// What is drawn: the charge in percent and the state, from each point on.
  public var curve: [Point] = []

  public struct Point: Sendable, Equatable {
    public var hour: Double
    /// Left of the battery that the play began with, or of the one that is in by then, in percent.
    public var charge: Double
    public var state: EngagementState
  }

  /// One JSON object on one line, keys sorted.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  public var totalMilliwattHours: Double { energyByPart.values.sorted().reduce(0, +) }
}
