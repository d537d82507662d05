import Foundation
import Kubernetes
import Logging
import Processes

/// All pods of a node: one ``PodWorker`` each, from the pod's arrival until nothing of it is left.
actor PodManager {
  private let context: PodContext
  private var addresses: PodAddressPool
  private var workers: [String: PodWorker] = [:]
  /// Those of the pods that an earlier node process left; nil until they are known.
  private var adopted: [PodWorker]?

  init(_ context: PodContext) throws(PodAddressPool.Failure) {
    self.context = context
    addresses = try PodAddressPool(range: context.settings.podRange)
  }

  /// Runs the pods until it is cancelled; their containers go on.
  ///
  /// - Parameters:
  ///   - pods: all pods of the node at the beginning. Directories of others are cleared away, their containers ended.
  ///   - changes: what happens from then on; a change may repeat what `pods` has.
  func run(pods: [Pod], changes: some AsyncSequence<Change<Pod>, Never> & Sendable) async {
    let stored = await storedPods()
    for (_, address) in stored { if let address { addresses.reserve(address) } }
    await withDiscardingTaskGroup { group in
      let known = Set(pods.map(\.uid))
      for (pod, address) in stored where !known.contains(pod.uid) {
        if let worker = worker(for: pod, isGone: true, address: address) { group.addTask { await self.run(worker) } }
      }
      let storedAddresses = Dictionary(stored.map { ($0.pod.uid, $0.address) }, uniquingKeysWith: { first, _ in first })
      for pod in pods {
        if let worker = worker(for: pod, isGone: false, address: storedAddresses[pod.uid] ?? nil) {
          group.addTask { await self.run(worker) }
        }
      }
      adopted = workers.values.filter { storedAddresses[$0.uid] != nil }
      for await change in changes {
        if let worker = await take(change) { group.addTask { await self.run(worker) } }
      }
      group.cancelAll()
    }
  }

  /// Whether the API server has heard how the pods are that an earlier node process left: until then it may take pods for
  /// ready that have ended with the machine.
  var hasReported: Bool {
    get async {
      guard let adopted else { return false }
      // One that is done with its pod has nothing to say any more.
      for worker in adopted where workers[worker.uid] != nil {
        guard await worker.hasReported else { return false }
      }
      return true
    }
  }

  /// - Returns: the worker of a pod that is new.
  private func take(_ change: Change<Pod>) async -> PodWorker? {
    switch change {
    case .added(let pod), .updated(_, let pod):
      guard let worker = workers[pod.uid] else { return worker(for: pod, isGone: false, address: nil) }
      await worker.update(pod)
    case .deleted(let pod):
      await workers[pod.uid]?.noteGone(pod)
    }
    return nil
  }

  /// A Secret, ConfigMap, claim, volume or service has changed: pods of the namespace, or all, look again.
  func noteObjectChange(namespace: String?) async {
    for worker in workers.values {
      if let namespace, await worker.pod.namespace != namespace { continue }
      await worker.retryNow()
    }
  }

  private func worker(for pod: Pod, isGone: Bool, address known: String?) -> PodWorker? {
    guard workers[pod.uid] == nil else { return nil }
    // One that is over and was never here, or has been cleared away: nothing to do, its status stands.
    if !isGone, known == nil, !pod.isBeingDeleted, let phase = pod.status?.phase.flatMap(PodPhase.init(rawValue:)),
      phase.isFinal
    {
      return nil
    }
    let address: String
    do {
      if let known {
        address = known
      } else if pod.spec?.hostNetwork == true {
        address = context.settings.address
      } else {
        address = try addresses.allocate()
      }
    } catch {
      context.interface.event(pod, true, "FailedCreatePodSandBox", error.description)
      return nil
    }
    let worker = PodWorker(pod, isGone: isGone, address: address, context: context)
    workers[pod.uid] = worker
    return worker
  }

  private func run(_ worker: PodWorker) async {
    await worker.run()
    guard !Task.isCancelled else { return }
    workers[worker.uid] = nil
    addresses.release(worker.address)
  }

  /// What an earlier node process left: its pods and their addresses.
  private func storedPods() async -> [(pod: Pod, address: String?)] {
    let root = context.settings.podsDirectory
    let logger = context.logger
    return
      (try? await Blocking.run { () throws -> [(pod: Pod, address: String?)] in
        try Directories.create(root, mode: 0o700)
        Directories.spread(root)
        return Directories.names(in: root).compactMap { name in
          let directory = PodDirectory(podsDirectory: root, uid: name)
          guard let pod = directory.storedPod() else {
            // Killed between making the directory and writing what it is for: nothing ran with it yet.
            logger.info("removing an unfinished pod directory", metadata: ["uid": "\(name)"])
            for run in directory.runs() { ContainerRuntime.kill(run) }
            try? directory.remove()
            return nil
          }
          return (pod, directory.storedAddress())
        }
      }) ?? []
  }

  // MARK: For logs and exec

  enum Failure: Error, Equatable, CustomStringConvertible {
    case noPod(String, namespace: String)
    case noContainer(String, pod: String)
    case notRunning(String, pod: String, why: String)
    case noPrevious(String, pod: String)

    /// As the kubelet answers.
    var status: Int {
      switch self {
      case .noPod: 404
      case .noContainer, .notRunning, .noPrevious: 400
      }
    }

    var description: String {
      switch self {
      case .noPod(let name, let namespace): "pod \"\(namespace)/\(name)\" is not on this node"
      case .noContainer(let name, let pod): "container \(name) is not valid for pod \(pod)"
      case .notRunning(let name, let pod, let why):
        "container \"\(name)\" in pod \"\(pod)\" is waiting to start: \(why)"
      case .noPrevious(let name, let pod): "previous terminated container \"\(name)\" in pod \"\(pod)\" not found"
      }
    }
  }

  /// The run of a container whose log is asked for.
  func logDirectory(namespace: String, pod: String, container: String, previous: Bool) async throws(Failure)
    -> ContainerDirectory
  {
    let (worker, view) = try await find(namespace: namespace, pod: pod, container: container)
    if let directory = await worker.containerDirectory(container, previous: previous) { return directory }
    if previous { throw .noPrevious(container, pod: pod) }
    throw .notRunning(container, pod: pod, why: view.currentObstacle?.reason ?? "ContainerCreating")
  }

  /// The run of a container that something is to be run in.
  func runningDirectory(namespace: String, pod: String, container: String) async throws(Failure) -> ContainerDirectory {
    let (worker, view) = try await find(namespace: namespace, pod: pod, container: container)
    guard view.isRunning, let directory = await worker.containerDirectory(container, previous: false) else {
      throw .notRunning(container, pod: pod, why: view.exit == nil ? "ContainerCreating" : "it has terminated")
    }
    return directory
  }

  private func find(namespace: String, pod: String, container: String) async throws(Failure) -> (
    PodWorker, ContainerView
  ) {
    // Two pods of one name: the one on its way out and its successor, which is meant.
    var candidates: [PodWorker] = []
    for worker in workers.values {
      let object = await worker.pod
      if object.name == pod, object.namespace == namespace { candidates.append(worker) }
    }
    var found = candidates.first
    for candidate in candidates where await !candidate.isGone { found = candidate }
    guard let found else { throw .noPod(pod, namespace: namespace) }
    guard await found.container(container) != nil else { throw .noContainer(container, pod: pod) }
    return (found, await found.containerView(container) ?? ContainerView())
  }
}
