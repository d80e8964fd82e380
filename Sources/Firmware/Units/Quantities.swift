/// Electrical power in microwatts.
public struct Microwatts: Comparable, Hashable, Sendable {
  public var value: Int64

  public init(_ value: Int64) { self.value = value }
  public static func milliwatts(_ value: Int64) -> Microwatts { Microwatts(value * 1_000) }

  public static let zero = Microwatts(0)
  public static func < (a: Microwatts, b: Microwatts) -> Bool { a.value < b.value }
  public static func + (a: Microwatts, b: Microwatts) -> Microwatts { Microwatts(a.value + b.value) }
}

/// Energy in nanojoules: 1 µW for 1 ms. 64 bits hold 292 years at one watt, so nothing here overflows.
public struct Nanojoules: Comparable, Hashable, Sendable {
  public var value: Int64

  public init(_ value: Int64) { self.value = value }

  /// The energy of a constant power over a time, rounded towards zero.
  public init(_ power: Microwatts, over time: Duration) { self.init(power, nanoseconds: time.nanoseconds) }

  /// The energy of a constant power from one instant to another, rounded towards zero.
  public init(_ power: Microwatts, from: Instant, to: Instant) {
    self.init(power, nanoseconds: to.nanoseconds - from.nanoseconds)
  }

  private init(_ power: Microwatts, nanoseconds: Int64) {
    let (high, low) = power.value.multipliedFullWidth(by: nanoseconds)
    value = Int64(1_000_000).dividingFullWidth((high, low)).quotient
  }

  public static let zero = Nanojoules(0)
  public static func < (a: Nanojoules, b: Nanojoules) -> Bool { a.value < b.value }
  public static func + (a: Nanojoules, b: Nanojoules) -> Nanojoules { Nanojoules(a.value + b.value) }
  public static func - (a: Nanojoules, b: Nanojoules) -> Nanojoules { Nanojoules(a.value - b.value) }
  public static func += (a: inout Nanojoules, b: Nanojoules) { a = a + b }
}

/// Electric potential in millivolts.
public struct Millivolts: Comparable, Hashable, Sendable {
  public var value: Int32

  public init(_ value: Int32) { self.value = value }
  public static func < (a: Millivolts, b: Millivolts) -> Bool { a.value < b.value }
}

/// Temperature in tenths of a degree Celsius.
public struct DeciCelsius: Comparable, Hashable, Sendable {
  public var value: Int32

  public init(_ value: Int32) { self.value = value }
  public static func < (a: DeciCelsius, b: DeciCelsius) -> Bool { a.value < b.value }
}

/// A share of a whole, 0…100; values outside are clamped.
public struct Percent: Comparable, Hashable, Sendable {
  public let value: UInt8

  public init(_ value: Int) { self.value = UInt8(clamping: min(max(value, 0), 100)) }
  public static func < (a: Percent, b: Percent) -> Bool { a.value < b.value }
}
