import HAL

/// The events of one board that wait to be reported, oldest first. Shared by its devices.
public final class EventQueue {
  private var events: [BoardEvent] = []

  public init() {}

  public var isEmpty: Bool { events.isEmpty }

  public func post(_ event: BoardEvent) { events.append(event) }

  /// Takes back events that are not true any more because the device was stopped before they were reported.
  public func withdraw(_ isStale: (BoardEvent) -> Bool) {
    events.removeAll(where: isStale)
  }

  public func take() -> BoardEvent? {
    events.isEmpty ? nil : events.removeFirst()
  }
}
