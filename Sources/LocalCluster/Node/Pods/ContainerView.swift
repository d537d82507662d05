import Foundation
import Kubernetes

/// What is known of one container of a pod: the input of every decision about it.
struct ContainerView: Sendable, Equatable {
  enum Phase: Sendable, Equatable {
    /// Not started yet; why, where something stands in the way.
    case waiting(Obstacle?)
    case running(since: Date)
    case exited(ContainerExit)
  }

  /// What keeps a container from being started, to be tried again later.
  struct Obstacle: Sendable, Equatable {
    var reason: String
    var message: String
    var retryAt: Date
  }

  var phase: Phase = .waiting(nil)
  /// The number of the present or last run, counted from 0; nil before the first.
  var attempt: Int?
  var image = ""
  var imageID = ""
  var containerID: String?
  /// How the run before this one ended.
  var previous: ContainerExit?
  /// The startup probe has succeeded, or there is none.
  var isStarted = false
  var isReady = false
  var stop: ContainerStop?
  var backoff = RestartBackoff()

  var isRunning: Bool { if case .running = phase { true } else { false } }

  var exit: ContainerExit? { if case .exited(let exit) = phase { exit } else { nil } }

  /// Why the next run does not start, after an earlier one.
  var obstacle: Obstacle?
}

/// The end of a container, once it was asked for: hook, SIGTERM, SIGKILL.
struct ContainerStop: Sendable, Equatable {
  /// Not a time of day, which may be set back: the container would outlive its grace.
  var deadline: ContinuousClock.Instant
  /// The `preStop` hook is still at work, SIGTERM comes after it.
  var isHookRunning: Bool
  var isTerminated = false
  var isKilled = false

  /// What is to be sent now, and when to look again.
  mutating func advance(now: ContinuousClock.Instant) -> (signals: Signals, next: ContinuousClock.Instant?) {
    if now >= deadline {
      defer { isKilled = true }
      return (isKilled ? [] : .kill, nil)
    }
    var signals: Signals = []
    if !isHookRunning && !isTerminated {
      isTerminated = true
      signals = .terminate
    }
    return (signals, deadline)
  }

  struct Signals: OptionSet, Sendable {
    let rawValue: Int
    static let terminate = Signals(rawValue: 1)
    static let kill = Signals(rawValue: 2)
  }
}

/// The rules by which a pod's containers are started again.
struct RestartRule: Sendable, Equatable {
  let policy: String

  /// Sidecars are init containers with a restart policy of their own, `Always`; other init containers know no `Always`.
  init(_ container: Container, in spec: PodSpec, isInit: Bool) {
    if isInit {
      policy = container.isSidecar ? "Always" : (spec.restartPolicy == "Never" ? "Never" : "OnFailure")
    } else {
      policy = spec.restartPolicy
    }
  }

  func restarts(after exit: ContainerExit) -> Bool {
    switch policy {
    case "Never": false
    case "OnFailure": !exit.isSuccess
    default: true
    }
  }
}

extension Container {
  /// Started among the init containers, and kept running beside the others.
  var isSidecar: Bool { restartPolicy == "Always" }
}
