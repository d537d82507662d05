import Foundation
import Kubernetes

/// The status that a node reports of a pod: a pure function of what it knows.
struct PodStatusReport {
  let pod: Pod
  let containers: [String: ContainerView]
  let podAddress: String
  let hostAddress: String
  let startTime: Date
  let now: Date
  /// All containers have ended because the pod was told to.
  var hasEnded = false

  /// Everything but `PodScheduled`, which is the scheduler's, and conditions that others set.
  func status() -> PodStatus {
    let spec = pod.spec ?? PodSpec()
    let phase = currentPhase(spec)
    return .with { status in
      status.phase = phase.rawValue
      status.hostIP = hostAddress
      status.hostIPs = [.with { $0.ip = hostAddress }]
      status.podIP = podAddress
      status.podIPs = [.with { $0.ip = podAddress }]
      status.startTime = Timestamps.text(startTime)
      status.qosClass = QualityOfService.of(spec).rawValue
      if phase == .failed, let deadline = pod.activeDeadline, deadline <= now {
        status.reason = "DeadlineExceeded"
        status.message = "Pod was active on the node longer than the specified deadline"
      }
      if let initContainers = spec.initContainers, !initContainers.isEmpty {
        status.initContainerStatuses = initContainers.map { containerStatus($0, spec, isInit: true) }
      }
      status.containerStatuses = spec.containers.map { containerStatus($0, spec, isInit: false) }
      status.conditions = conditions(spec, phase)
    }
  }

  private func currentPhase(_ spec: PodSpec) -> PodPhase {
    let phase = PodPhase.of(pod, containers: containers, now: now)
    guard hasEnded, !phase.isFinal else { return phase }
    return PodPhase.ofEnded(spec.containers.map { containers[$0.name] ?? ContainerView() })
  }

  // MARK: Containers

  private func containerStatus(_ container: Container, _ spec: PodSpec, isInit: Bool) -> ContainerStatus {
    let view = containers[container.name] ?? ContainerView()
    let willRestart =
      view.exit.map { RestartRule(container, in: spec, isInit: isInit).restarts(after: $0) } == true
      && !hasEnded && !pod.isBeingDeleted
    return .with { status in
      status.name = container.name
      status.image = view.image.isEmpty ? container.image ?? "" : view.image
      status.imageID = view.imageID
      status.restartCount = view.attempt ?? 0
      status.containerID = view.containerID.map { "bubblewrap://\($0)" }
      status.started = view.isRunning && view.isStarted
      // An init container is "ready" once it has succeeded, a sidecar as others are.
      status.ready = isInit && !container.isSidecar ? view.exit?.isSuccess == true : view.isRunning && view.isReady
      let (state, last) = states(view, container, spec, isInit: isInit, willRestart: willRestart)
      status.state = state
      status.lastState = last
    }
  }

  private func states(
    _ view: ContainerView, _ container: Container, _ spec: PodSpec, isInit: Bool, willRestart: Bool
  ) -> (ContainerState, ContainerState) {
    let previous: ContainerState = view.previous.map(Self.terminated) ?? ContainerState()
    switch view.phase {
    case .running(let since):
      return (.with { $0.running = .with { $0.startedAt = Timestamps.text(since) } }, previous)
    case .waiting(let obstacle):
      return (waiting(obstacle, container, spec, isInit: isInit), previous)
    case .exited(let exit):
      if willRestart, let earliest = view.backoff.earliestRestart(after: exit.finishedAt, now: now) {
        let seconds = Int(view.backoff.delay ?? earliest.timeIntervalSince(exit.finishedAt))
        let text =
          "back-off \(seconds)s restarting failed container=\(container.name) pod=\(pod.name)_\(pod.namespace)(\(pod.uid))"
        return (Self.waiting("CrashLoopBackOff", text), Self.terminated(exit))
      }
      if willRestart, let obstacle = view.obstacle {
        return (Self.waiting(obstacle.reason, obstacle.message), Self.terminated(exit))
      }
      return (Self.terminated(exit), previous)
    }
  }

  private func waiting(
    _ obstacle: ContainerView.Obstacle?, _ container: Container, _ spec: PodSpec, isInit: Bool
  ) -> ContainerState {
    if let obstacle { return Self.waiting(obstacle.reason, obstacle.message) }
    let hasInit = !(spec.initContainers ?? []).isEmpty
    return Self.waiting(hasInit && !isInitialized(spec) ? "PodInitializing" : "ContainerCreating", nil)
  }

  private static func waiting(_ reason: String, _ message: String?) -> ContainerState {
    .with {
      $0.waiting = .with {
        $0.reason = reason
        $0.message = message
      }
    }
  }

  private static func terminated(_ exit: ContainerExit) -> ContainerState {
    .with {
      $0.terminated = .with {
        $0.exitCode = exit.exitCode
        $0.signal = exit.signal
        $0.reason = exit.reason
        $0.message = exit.message
        $0.startedAt = Timestamps.text(exit.startedAt)
        $0.finishedAt = Timestamps.text(exit.finishedAt)
        $0.containerID = exit.containerID.map { "bubblewrap://\($0)" }
      }
    }
  }

  // MARK: Conditions

  private func isInitialized(_ spec: PodSpec) -> Bool {
    if spec.containers.contains(where: { containers[$0.name]?.attempt != nil }) { return true }
    return (spec.initContainers ?? []).allSatisfy { container in
      let view = containers[container.name] ?? ContainerView()
      return container.isSidecar ? view.isRunning && view.isStarted : view.exit?.isSuccess == true
    }
  }

  private func conditions(_ spec: PodSpec, _ phase: PodPhase) -> [PodCondition] {
    let sidecars = (spec.initContainers ?? []).filter(\.isSidecar)
    let unready = (spec.containers + sidecars).map(\.name).filter {
      !(containers[$0]?.isRunning == true && containers[$0]?.isReady == true)
    }
    let gates = (spec.readinessGates ?? []).map(\.conditionType).filter { gate in
      pod.status?.conditions?.contains { $0.type == gate && $0.status == "True" } != true
    }
    let hasSandbox = containers.values.contains { $0.attempt != nil }
    var reason: String?
    var message: String?
    if phase == .succeeded {
      reason = "PodCompleted"
    } else if phase == .failed {
      reason = "PodFailed"
    } else if !unready.isEmpty {
      reason = "ContainersNotReady"
      message = "containers with unready status: [\(unready.joined(separator: " "))]"
    }
    let isReady = reason == nil
    let initialized = isInitialized(spec)
    return [
      condition("PodReadyToStartContainers", hasSandbox && !hasEnded && !phase.isFinal),
      condition(
        "Initialized", initialized, initialized ? (phase == .succeeded ? reason : nil) : "ContainersNotInitialized",
        initialized ? nil : "the pod's init containers have not all completed"),
      condition(
        "Ready", isReady && gates.isEmpty, isReady && !gates.isEmpty ? "ReadinessGatesNotReady" : reason,
        isReady && !gates.isEmpty
          ? gates.map { "corresponding condition of pod readiness gate \"\($0)\" is not True." }
            .joined(separator: " ") : message),
      condition("ContainersReady", isReady, reason, message),
    ]
  }

  /// Keeps the time of the last change of a condition that has not changed.
  private func condition(
    _ type: String, _ isTrue: Bool, _ reason: String? = nil, _ message: String? = nil
  ) -> PodCondition {
    let status = isTrue ? "True" : "False"
    let known = pod.status?.conditions?.first { $0.type == type }
    return .with {
      $0.type = type
      $0.status = status
      $0.reason = isTrue ? nil : reason
      $0.message = isTrue ? nil : message
      $0.lastTransitionTime = (known?.status == status ? known?.lastTransitionTime : nil) ?? Timestamps.text(now)
    }
  }
}
