import CLinux
import Glibc

/// Why a program did not run as wanted.
public enum ProcessError: Error, Sendable, CustomStringConvertible {
  /// It could not be started; `code` is the system's error number.
  case cannotStart(executable: String, code: Int32)
  /// It ran longer than allowed and was killed with its process group.
  case deadlineExceeded(executable: String, after: Duration)
  /// The task that waited was cancelled; the program was killed.
  case cancelled(executable: String)

  public var description: String {
    switch self {
    case .cannotStart(let executable, let code):
      "cannot start \(executable): \(SystemError.text(code)). Check that it is installed and may be executed."
    case .deadlineExceeded(let executable, let duration):
      "\(executable) was stopped because it ran longer than \(duration)."
    case .cancelled(let executable): "\(executable) was stopped because its result is not wanted any more."
    }
  }
}

/// A failed call of the system, with what it was for.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What failed: "write /a/b".
  public let operation: String
  /// The `errno`.
  public let code: Int32

  public init(_ operation: String, code: Int32 = errno) {
    self.operation = operation
    self.code = code
  }

  public var description: String { "cannot \(operation): \(Self.text(code))" }

  static func text(_ code: Int32) -> String {
    clinux_error_text(code).map { String(cString: $0) } ?? "error \(code)"
  }
}
