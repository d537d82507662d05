import ClusterAPI
import Foundation
import Kubernetes

/// Finds out how a Cluster is, all of it from the API server and with the caller's rights. Nothing but the Cluster itself
/// is indispensable: what does not answer in time is left out, and said.
public struct ClusterLook: Sendable {
  /// Reads a file in the postgres container of a pod.
  public typealias FileReader = @Sendable (_ pod: String, _ path: String) async throws -> String

  let client: KubernetesClient
  /// What each request of the client may take, for the words about it.
  let timeout: Duration
  let readFile: FileReader

  public init(_ client: KubernetesClient, timeout: Duration, readFile: @escaping FileReader) {
    self.client = client
    self.timeout = timeout
    self.readFile = readFile
  }

  /// - Parameter isThorough: the primary's configuration too.
  /// - Throws: ``ClusterProblem`` and the API's errors where there is no Cluster to show.
  public func look(at reference: ClusterReference, isThorough: Bool) async throws -> ClusterView {
    async let pods = attempt { try await listPods(reference) }
    async let budgets = attempt { try await listBudgets(reference) }
    async let backups = attempt { try await listOpenBackups(reference) }
    let document = try await cluster(reference)
    let cluster = try document.decoded(as: Cluster.self)
    var view = ClusterView(cluster: cluster, document: document, instances: [], now: .now)

    let owned: [String: JSON]?
    switch await pods {
    case .success(let pods):
      owned = Dictionary(
        pods.filter { $0.isInstance(of: cluster) }.map { ($0[path: ["metadata", "name"]]?.stringValue ?? "", $0) },
        uniquingKeysWith: { $1 })
    case .failure(let problem):
      owned = nil
      view.problems.append("pods: \(problem.text)")
    }
    switch await budgets {
    case .success(let budgets): view.budgets = budgets
    case .failure(let problem): view.problems.append("poddisruptionbudgets: \(problem.text)")
    }
    switch await backups {
    case .success(let backups): view.openBackups = backups
    case .failure(let problem): view.problems.append("backups: \(problem.text)")
    }
    view.instances = await askAll(cluster, owned)
    view.instances.sort { InstanceView.isBetter($0, than: $1) }
    for case .none(_, let text) in view.instances.map(\.answer) { view.problems.append(text) }
    if let primary = view.primary?.name { await describe(primary, reference, isThorough, &view) }
    view.now = .now
    return view
  }

  // MARK: - The API server

  private func cluster(_ reference: ClusterReference) async throws -> JSON {
    do {
      return try await client.get(Cluster.resource, reference.name, in: reference.namespace)
    } catch let error as APIError where error.isNotFound {
      throw ClusterProblem.noCluster(reference, reason: error.message)
    } catch let error as TransportError where error.kind == .deadlineExceeded {
      throw ClusterProblem.noAnswer(server: client.configuration.server, timeout)
    }
  }

  private func listPods(_ reference: ClusterReference) async throws -> [JSON] {
    try await client.list(
      Pod.resource, in: reference.namespace,
      labels: "\(Labels.cluster)=\(reference.name),\(Labels.podRole)=\(PodRole.instance.rawValue)"
    ).items
  }

  private func listBudgets(_ reference: ClusterReference) async throws -> [PodDisruptionBudget] {
    try await client.list(
      PodDisruptionBudget.self, in: reference.namespace, labels: "\(Labels.cluster)=\(reference.name)"
    ).items.sorted { $0.name < $1.name }
  }

  private func listOpenBackups(_ reference: ClusterReference) async throws -> [Backup] {
    try await client.list(Backup.self, in: reference.namespace).items
      .filter { $0.spec.cluster.name == reference.name && !$0.isTerminal }.sorted { $0.isOlder(than: $1) }
  }

  // MARK: - The instances, through the API server's pod proxy

  /// - Parameter pods: nil where they must not be listed; then those are asked that the Cluster's status names.
  private func askAll(_ cluster: Cluster, _ pods: [String: JSON]?) async -> [InstanceView] {
    await withTaskGroup(of: InstanceView.self) { group in
      for name in Set(pods.map { Array($0.keys) } ?? []).union(cluster.status?.instanceNames ?? []) {
        let pod = pods?[name]
        group.addTask {
          if pods != nil, pod?.hasAddress != true {
            return InstanceView(name: name, pod: pod, answer: Self.noAnswer(name, pod))
          }
          return InstanceView(name: name, pod: pod, answer: await ask(name, cluster.namespace))
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func ask(_ name: String, _ namespace: String) async -> InstanceView.Answer {
    let answer = await attempt { () async throws -> (StatusDocument, JSON) in
      let document = try await get(name, namespace, "pg/status").json()
      return (try document.decoded(as: StatusDocument.self), document)
    }
    switch answer {
    case .success((let document, let json)): return .document(document, json)
    case .failure(let problem): return .none(problem.word, "\(name): \(problem.text)")
    }
  }

  private func get(_ pod: String, _ namespace: String, _ path: String) async throws -> RawResponse {
    // They serve TLS; the API server does not verify it, as between it and pods in general.
    try await client.request(
      path: "\(Pod.resource.path(namespace: namespace, name: "https:\(pod):\(InstancePorts.status)"))/proxy/\(path)")
  }

  /// Of a pod that has no address nothing can be asked.
  private static func noAnswer(_ name: String, _ pod: JSON?) -> InstanceView.Answer {
    guard let pod else { return .none("no pod", "\(name): there is no pod; the operator makes it anew") }
    let phase = pod[path: ["status", "phase"]]?.stringValue ?? "Pending"
    return .none(phase, "\(name): its pod is \(phase): `kubectl describe pod \(name)` says why")
  }

  private func describe(
    _ primary: String, _ reference: ClusterReference, _ isThorough: Bool, _ view: inout ClusterView
  ) async {
    async let size = attempt { try await get(primary, reference.namespace, "pg/size").json().intValue }
    async let configuration = read("custom.conf", of: primary, isThorough)
    async let accessRules = read("pg_hba.conf", of: primary, isThorough)
    switch await size {
    case .success(let bytes): view.size = bytes
    case .failure(let problem): view.problems.append("size of \(primary): \(problem.text)")
    }
    for (file, answer) in [("custom.conf", await configuration), ("pg_hba.conf", await accessRules)] {
      switch answer {
      case .success(let text) where file == "custom.conf": view.configuration = text
      case .success(let text): view.accessRules = text.map(Redaction.passwords)
      case .failure(let problem): view.problems.append("\(file) of \(primary): \(problem.text)")
      }
    }
  }

  private func read(_ file: String, of pod: String, _ isWanted: Bool) async -> Result<String?, Problem> {
    guard isWanted else { return .success(nil) }
    return await attempt { try await readFile(pod, "\(InstancePaths.data)/\(file)") }
  }

  // MARK: - What goes wrong

  private struct Problem: Error {
    var word: String
    var text: String
  }

  private func attempt<Value: Sendable>(
    _ body: @Sendable @escaping () async throws -> Value
  ) async -> Result<Value, Problem> {
    do {
      return .success(try await body())
    } catch let error as APIError {
      return .failure(Problem(word: error.reason, text: error.description))
    } catch let error as TransportError where error.kind == .deadlineExceeded {
      return .failure(late)
    } catch {
      return .failure(Problem(word: "unreachable", text: "\(error)"))
    }
  }

  private var late: Problem {
    let time = "\(timeout.components.seconds)s"
    return Problem(
      word: "no answer in \(time)", text: "no answer in \(time); --timeout gives it longer, its log may say more")
  }
}

extension JSON {
  fileprivate func isInstance(of cluster: Cluster) -> Bool {
    (self[path: ["metadata", "ownerReferences"]]?.arrayValue ?? []).contains { $0["uid"]?.stringValue == cluster.uid }
  }

  fileprivate var hasAddress: Bool { !(self[path: ["status", "podIP"]]?.stringValue ?? "").isEmpty }
}
