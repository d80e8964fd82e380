import CLinux
import HAL

extension DeviceError {
  /// The error of a call of a C shim: `result` is its negated error number.
  public init(system part: Part, _ operation: StaticString, _ result: Int32) {
    self.init(part, operation, FailureCause(system: -result), errno: -result)
  }
}

extension FailureCause {
  /// What a positive error number of the system means for a device.
  public init(system error: Int32) {
    switch UInt32(bitPattern: sotto_failure_kind(error)) {
    case SOTTO_FAILURE_NOT_THERE.rawValue: self = .absent
    case SOTTO_FAILURE_FORBIDDEN.rawValue: self = .forbidden
    case SOTTO_FAILURE_BUSY.rawValue: self = .busy
    case SOTTO_FAILURE_FULL.rawValue: self = .full
    case SOTTO_FAILURE_TIMED_OUT.rawValue: self = .timedOut
    case SOTTO_FAILURE_REFUSED.rawValue: self = .refused
    case SOTTO_FAILURE_GONE.rawValue: self = .removed
    case SOTTO_FAILURE_UNSUPPORTED.rawValue: self = .unsupported
    default: self = .io
    }
  }
}
