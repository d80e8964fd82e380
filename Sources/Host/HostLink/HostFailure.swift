/// Why the host cannot do what it was asked, and what to do about it, in words for a person.
public struct HostFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
