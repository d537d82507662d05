import Foundation
import Kubernetes
import Processes

/// Taking over what runs already: after the node process was killed its containers go on in their shims.
extension PodWorker {
  /// Reads the pod's directory. Makes it for a new pod.
  func adopt() async {
    startTime = pod.status?.startTime.flatMap { Timestamps.date($0) } ?? Date()
    let directory = directory
    let pod = pod
    let address = address
    let all = (pod.spec?.initContainers ?? []) + (pod.spec?.containers ?? [])
    do {
      let found = try await Blocking.run { () throws -> [String: ContainerView] in
        if directory.storedPod() == nil { try directory.create(pod, address: address) }
        var found: [String: ContainerView] = [:]
        for container in all { found[container.name] = Self.read(container, of: pod, in: directory) }
        return found
      }
      containers = found
    } catch {
      context.interface.event(pod, true, "FailedCreatePodSandBox", "\(error)")
      logger.error("cannot make the pod's directory", metadata: ["error": "\(error)"])
    }
    for (name, view) in containers {
      guard case .running(let since) = view.phase, let attempt = view.attempt else { continue }
      launches.append(.supervise(name, attempt: attempt, startedAt: since, isStarted: view.isStarted))
    }
    let ignored = UnsupportedFields.ignored(in: pod.spec ?? PodSpec())
    if !ignored.isEmpty && containers.values.allSatisfy({ $0.attempt == nil }) {
      context.interface.event(
        pod, true, "UnsupportedField",
        "pods run as processes of one machine here, these fields have no effect: \(ignored.joined(separator: ", "))")
    }
  }

  private static func read(_ container: Container, of pod: Pod, in directory: PodDirectory) -> ContainerView {
    var view = ContainerView()
    guard let attempt = directory.attempts(of: container.name).last else { return view }
    let run = directory.container(container.name, attempt: attempt)
    let fallsBack = container.terminationMessagePolicy == "FallbackToLogsOnError"
    view.attempt = attempt
    if let record = run.record() {
      view.image = record.image
      view.imageID = record.imageID
      view.containerID = record.id
    }
    if attempt > 0 {
      view.previous = directory.container(container.name, attempt: attempt - 1).exit(fallsBackToLog: fallsBack)
    }
    if let exit = run.exit(fallsBackToLog: fallsBack), run.giveUp() {
      view.phase = .exited(exit)
      return view
    }
    view.phase = .running(since: run.record()?.startedAt ?? Date())
    // What this very run was known to be: it must not become unready because its node process was replaced.
    let statuses = (pod.status?.containerStatuses ?? []) + (pod.status?.initContainerStatuses ?? [])
    let known = statuses.first {
      $0.name == container.name && $0.containerID == view.containerID.map { "bubblewrap://\($0)" }
    }
    view.isStarted = known?.started ?? (container.startupProbe == nil)
    view.isReady = known?.ready ?? false
    return view
  }
}
