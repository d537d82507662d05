import Foundation
import Kubernetes

/// The one word about a pod (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase).
enum PodPhase: String, Sendable {
  case pending = "Pending"
  case running = "Running"
  case succeeded = "Succeeded"
  case failed = "Failed"

  /// Nothing of the pod is ever started again.
  var isFinal: Bool { self == .succeeded || self == .failed }

  static func of(_ pod: Pod, containers: [String: ContainerView], now: Date) -> PodPhase {
    guard let spec = pod.spec else { return .pending }
    // A final phase is never left, whatever became of the state directories.
    if let known = pod.status?.phase.flatMap(PodPhase.init(rawValue:)), known.isFinal { return known }
    if let deadline = pod.activeDeadline, deadline <= now { return .failed }

    let views = spec.containers.map { containers[$0.name] ?? ContainerView() }
    let hasBegun = views.contains { $0.attempt != nil }
    if !hasBegun {
      for container in spec.initContainers ?? [] {
        let view = containers[container.name] ?? ContainerView()
        if container.isSidecar { continue }
        guard let exit = view.exit else { return .pending }
        if !exit.isSuccess {
          return RestartRule(container, in: spec, isInit: true).restarts(after: exit) ? .pending : .failed
        }
      }
      return .pending
    }
    if views.contains(where: { $0.attempt == nil }) { return .pending }
    if views.contains(where: \.isRunning) { return .running }
    let exits = views.compactMap(\.exit)
    if exits.contains(where: { RestartRule(spec.containers[0], in: spec, isInit: false).restarts(after: $0) }) {
      return .running
    }
    // A container that is being made again after a run has no exit of its own yet.
    if exits.count < views.count { return .running }
    return exits.allSatisfy(\.isSuccess) ? .succeeded : .failed
  }

  /// The phase of a pod that was told to end and whose containers have all ended.
  static func ofEnded(_ containers: [ContainerView]) -> PodPhase {
    !containers.isEmpty && containers.allSatisfy { $0.exit?.isSuccess == true } ? .succeeded : .failed
  }
}
