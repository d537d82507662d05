import ClusterAPI
import Kubernetes

extension ClusterView {
  /// All of it as a document, under the keys of CloudNativePG's plugin.
  private var json: JSON {
    let isReplica = cluster.isReplicaCluster
    let items = instances.map { instance -> JSON in
      var item: [String: JSON] = [:]
      switch instance.answer {
      case .document(_, let document): item = document.objectValue ?? [:]
      case .none(_, let text): item["error"] = .string(text)
      }
      item["pod"] = instance.pod ?? ["metadata": ["name": .string(instance.name)]]
      item["isReplicaCluster"] = .bool(isReplica)
      item["currentPrimary"] = .string(cluster.status?.currentPrimary ?? "")
      return .object(item)
    }
    return [
      "cluster": document, "instanceStatus": ["items": .array(items)],
      "PrimaryPod": primary?.pod ?? .null,
      "PodDisruptionBudgetList": ["items": .array(budgets.compactMap { try? JSON(encoding: $0) })],
      "ErrorList": .array(problems.map { .string($0) }),
      "TotalClusterSize": size.map { .string(Amounts.bytes($0)) } ?? .null,
    ]
  }

  public var jsonText: String { json.indented() + "\n" }

  public var yamlText: String { YAMLText.document(json) }
}
