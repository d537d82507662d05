import Glibc

/// How postgres is brought down within the time a pod has: each step's signal, and how long it may take.
struct ShutdownPlan: Sendable, Equatable {
  struct Step: Sendable, Equatable {
    var mode: ShutdownMode
    var seconds: Int
  }

  var steps: [Step]

  /// Clients may leave on their own for `smartShutdownTimeout` seconds, if that is shorter than `stopDelay`; then they
  /// are disconnected. The last seconds are kept for an immediate shutdown: it comes before the kubelet's SIGKILL,
  /// which would leave shared memory and child processes behind.
  static func onTermination(stopDelay: Int, smartShutdownTimeout: Int) -> ShutdownPlan {
    let reserve = min(5, max(1, stopDelay / 10))
    var steps: [Step] = []
    var left = max(1, stopDelay - reserve)
    if smartShutdownTimeout > 0, stopDelay > smartShutdownTimeout {
      steps.append(Step(mode: .smart, seconds: min(smartShutdownTimeout, left)))
      left -= smartShutdownTimeout
    }
    if left > 0 { steps.append(Step(mode: .fast, seconds: left)) }
    steps.append(Step(mode: .immediate, seconds: reserve))
    return ShutdownPlan(steps: steps)
  }

  /// For an instance that must not serve any longer: no checkpoint, recovery at the next start.
  static let immediate = ShutdownPlan(steps: [Step(mode: .immediate, seconds: 5)])

  static func fast(seconds: Int) -> ShutdownPlan {
    ShutdownPlan(steps: [Step(mode: .fast, seconds: seconds), Step(mode: .immediate, seconds: 5)])
  }
}

/// PostgreSQL's ways of stopping.
enum ShutdownMode: String, Sendable {
  /// Waits for clients to leave.
  case smart
  /// Disconnects clients, writes a checkpoint.
  case fast
  /// As after a crash.
  case immediate

  /// The signal for the postmaster (PostgreSQL's manual, "Shutting Down the Server").
  var signal: Int32 {
    switch self {
    case .smart: SIGTERM
    case .fast: SIGINT
    case .immediate: SIGQUIT
    }
  }
}
