import CLinux

/// How a process ended.
public enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
  /// By itself, with this code.
  case exited(Int32)
  /// By this signal.
  case signaled(Int32)

  public var isSuccess: Bool { self == .exited(0) }

  public var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signaled(let signal): "signal \(signal)"
    }
  }

  init(_ exit: clinux_exit) { self = exit.signaled != 0 ? .signaled(exit.value) : .exited(exit.value) }
}
