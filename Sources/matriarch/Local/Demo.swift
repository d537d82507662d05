import ClusterAPI
import Foundation
import Kubernetes
import LocalCluster

/// The reference cluster, as `make up` shows it to a newcomer.
struct Demo {
  let kubectl: Kubectl
  let settings: LocalSettings
  let start: ContinuousClock.Instant

  static let name = "demo"
  private static let limit = Duration.seconds(300)

  func run() async throws {
    let client = try KubernetesClient(try .kubeconfig(path: settings.kubeconfig, context: nil))
    do {
      try await create(client)
      try await waitUntilHealthy(client)
    } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
    try await explain()
  }

  private func create(_ client: KubernetesClient) async throws {
    if try await client.find(Cluster.self, Self.name, in: Self.name) != nil { return }
    Progress.say("creating cluster \(Self.name): three instances in three zones, one synchronous standby is enough")
    if try await client.find(Namespace.self, Self.name) == nil {
      _ = try await client.create(Namespace.named(Self.name))
    }
    if try await client.find(Secret.self, "db-user-pass", in: Self.name) == nil {
      var secret = Secret.named("db-user-pass", in: Self.name)
      secret.type = "kubernetes.io/basic-auth"
      secret.stringData = ["username": "app", "password": UUID().uuidString]
      _ = try await client.create(secret)
    }
    try await kubectl.apply(Deployment.demo, namespace: Self.name)
  }

  private func waitUntilHealthy(_ client: KubernetesClient) async throws {
    let deadline = ContinuousClock.now + Self.limit
    var last = ""
    let list = try await client.list(Cluster.self, in: Self.name, fields: "metadata.name=\(Self.name)")
    if let cluster = list.items.first, isHealthy(cluster, &last) { return }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var last = ""
        let changes = client.watch(
          Cluster.self, in: Self.name, fields: "metadata.name=\(Self.name)", from: list.resourceVersion)
        for try await change in changes {
          if case .modified(let cluster) = change, isHealthy(cluster, &last) { return }
        }
        throw DemoError.watchEnded
      }
      group.addTask {
        try await Task.sleep(until: deadline)
        throw DemoError.notHealthy(
          try await client.get(Cluster.self, Self.name, in: Self.name).status?.phaseReason ?? "")
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private func isHealthy(_ cluster: Cluster, _ last: inout String) -> Bool {
    let status = cluster.status
    let reason = status?.phaseReason.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
    let line =
      "\(status?.readyInstances ?? 0) of \(cluster.spec.instances) instances ready. \(status?.phase ?? "")\(reason)"
    if line != last { Progress.say(line) }
    last = line
    return status?.phase == Phase.healthy && status?.readyInstances == cluster.spec.instances
  }

  private func explain() async throws {
    let pods = try await kubectl.run(["--namespace", Self.name, "get", "cluster,pods,services"])
    print(
      """

      Ready after \((ContinuousClock.now - start).components.seconds) s.

      \(pods)
      In this shell:
        eval "$(make -s env)"

      Connect as superuser, to the primary and to a standby:
        kubectl cnpg psql demo -n demo
        kubectl cnpg psql demo -n demo --replica

      Try next:
        kubectl get cluster demo -n demo -w                   watch it
        kubectl delete pod demo-2 -n demo                     an instance comes back on its volume
        kubectl scale cluster demo -n demo --replicas 4       one more standby
        make status; make down; make clean
      """)
  }
}

enum DemoError: Error, CustomStringConvertible {
  case watchEnded
  case notHealthy(String)

  var description: String {
    switch self {
    case .watchEnded:
      "The connection to the API server ended. `make status` shows what runs; `make up` carries on."
    case .notHealthy(let reason):
      """
      The cluster demo is not ready yet: \(reason)
      Look with: kubectl describe cluster demo -n demo; kubectl get events -n demo; kubectl logs -n cnpg-system deployment/cnpg-controller-manager
      """
    }
  }
}
