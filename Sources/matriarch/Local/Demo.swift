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

  /// The Cluster says it, and its pods do: after a crash it still says what the operator last wrote before.
  private func waitUntilHealthy(_ client: KubernetesClient) async throws {
    let deadline = ContinuousClock.now + Self.limit
    var last = ""
    while true {
      let cluster = try await client.get(Cluster.self, Self.name, in: Self.name)
      let pods = try await client.list(Pod.self, in: Self.name, labels: "cnpg.io/cluster=\(Self.name)").items
      let readyPods = pods.count {
        $0.status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } == true
      }
      if isHealthy(cluster, &last), readyPods >= cluster.spec.instances { return }
      guard ContinuousClock.now < deadline else { throw DemoError.notHealthy(cluster.status?.phaseReason ?? "") }
      try await Task.sleep(for: .milliseconds(200))  // two kinds at once: one look at both is simpler than two watches
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
  case notHealthy(String)

  var description: String {
    switch self {
    case .notHealthy(let reason):
      """
      The cluster demo is not ready yet: \(reason)
      Look with: kubectl describe cluster demo -n demo; kubectl get events -n demo; kubectl logs -n cnpg-system deployment/cnpg-controller-manager
      """
    }
  }
}
