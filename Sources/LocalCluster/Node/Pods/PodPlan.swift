import Foundation
import Kubernetes

/// The next steps of a pod: a pure function of what is wanted and what is there.
struct PodPlan {
  enum Step: Sendable, Equatable {
    case start(String)
    case stop(String, grace: Int)
    /// Nothing runs any more and nothing is to run: the object and the pod's directory can go.
    case finish
  }

  enum Intent: Sendable, Equatable {
    case run
    /// The pod goes away; containers get so many seconds.
    case stop(grace: Int)
  }

  /// A kubelet finds out once a second which containers have ended. Here it is known at once, but whoever takes over from
  /// what was in one needs the machine first.
  static let restartPause: TimeInterval = 1

  var steps: [Step] = []
  /// When to look again if nothing happens until then.
  var next: Date?

  init(_ pod: Pod, intent: Intent, containers: [String: ContainerView], now: Date) {
    guard let spec = pod.spec else { return }
    switch intent {
    case .stop(let grace): planEnd(spec, grace: grace, containers)
    case .run:
      if let deadline = pod.activeDeadline, deadline <= now {
        planEnd(spec, grace: spec.terminationGracePeriodSeconds, containers)
        steps.removeAll { $0 == .finish }
        return
      } else if let deadline = pod.activeDeadline {
        lookAgain(at: deadline)
      }
      guard PodPhase.of(pod, containers: containers, now: now).isFinal == false else {
        // Sidecars end when the containers they stand beside have ended for good.
        stopSidecars(spec, grace: spec.terminationGracePeriodSeconds, containers)
        return
      }
      guard planInit(spec, containers, now: now) else { return }
      for container in spec.containers {
        plan(container, rule: RestartRule(container, in: spec, isInit: false), containers, now: now)
      }
    }
  }

  /// The init containers in their order; true when the others may start.
  private mutating func planInit(_ spec: PodSpec, _ containers: [String: ContainerView], now: Date) -> Bool {
    let hasBegun = spec.containers.contains { containers[$0.name]?.attempt != nil }
    for container in spec.initContainers ?? [] {
      let view = containers[container.name] ?? ContainerView()
      if container.isSidecar {
        plan(container, rule: RestartRule(container, in: spec, isInit: true), containers, now: now)
        if !hasBegun && !(view.isRunning && view.isStarted) { return false }
      } else if !hasBegun && view.exit?.isSuccess != true {
        plan(container, rule: RestartRule(container, in: spec, isInit: true), containers, now: now)
        return false
      }
    }
    return true
  }

  private mutating func plan(
    _ container: Container, rule: RestartRule, _ containers: [String: ContainerView], now: Date
  ) {
    let view = containers[container.name] ?? ContainerView()
    switch view.phase {
    case .running: return
    case .waiting(let obstacle):
      start(container, obstacle: obstacle, now: now)
    case .exited(let exit):
      guard rule.restarts(after: exit) else { return }
      if let earliest = view.backoff.earliestRestart(after: exit.finishedAt, now: now) {
        lookAgain(at: earliest)
      } else if exit.finishedAt + Self.restartPause > now {
        lookAgain(at: exit.finishedAt + Self.restartPause)
      } else {
        start(container, obstacle: view.obstacle, now: now)
      }
    }
  }

  private mutating func start(_ container: Container, obstacle: ContainerView.Obstacle?, now: Date) {
    if let obstacle, obstacle.retryAt > now {
      lookAgain(at: obstacle.retryAt)
    } else {
      steps.append(.start(container.name))
    }
  }

  /// Containers first, sidecars after them in reverse order, as the kubelet does.
  private mutating func planEnd(_ spec: PodSpec, grace: Int, _ containers: [String: ContainerView]) {
    let ordinary = (spec.containers + (spec.initContainers ?? []).filter { !$0.isSidecar }).map(\.name)
    let running = ordinary.filter { containers[$0]?.isRunning == true }
    for name in running { steps.append(.stop(name, grace: grace)) }
    if running.isEmpty {
      stopSidecars(spec, grace: grace, containers)
      if steps.isEmpty { steps.append(.finish) }
    }
  }

  private mutating func stopSidecars(_ spec: PodSpec, grace: Int, _ containers: [String: ContainerView]) {
    let sidecars = (spec.initContainers ?? []).filter(\.isSidecar)
    if let last = sidecars.last(where: { containers[$0.name]?.isRunning == true }) {
      steps.append(.stop(last.name, grace: grace))
    }
  }

  private mutating func lookAgain(at date: Date) { next = min(next ?? date, date) }
}

extension Pod {
  /// When `activeDeadlineSeconds` is over, counted from the pod's start on the node.
  var activeDeadline: Date? {
    guard let seconds = spec?.activeDeadlineSeconds, let start = status?.startTime.flatMap({ Timestamps.date($0) })
    else { return nil }
    return start + TimeInterval(seconds)
  }
}
