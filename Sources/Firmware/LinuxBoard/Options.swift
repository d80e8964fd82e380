import Drivers

extension LinuxBoard {
  /// What can be chosen about a real board, beside what its file says.
  public struct Options: Sendable {
    /// Folder of the stored records.
    public var stateFolder: String
    /// File of the trace; nil keeps none.
    public var tracePath: String?
    /// Where the control socket is (docs/control.md); nil leaves it out.
    public var control: ControlPlace?
    /// Whether SIGINT, SIGTERM and SIGHUP become `BoardEvent.shutdown`.
    public var handlesSignals = false
    /// Where the kernel lets the system be put to sleep.
    public var powerFolder = "/sys/power"

    public init(stateFolder: String) { self.stateFolder = stateFolder }
  }
}
