import Kubernetes

extension ClusterRules {
  private static let requestsPath = "spec.resources.requests"

  private static func amounts(_ cluster: Cluster, _ name: String) -> (request: Quantity?, limit: Quantity?) {
    let resources = cluster.spec.resources
    func nonzero(_ quantity: Quantity?) -> Quantity? { quantity.flatMap { $0.isZero ? nil : $0 } }
    return (nonzero(resources?.requests?[name]), nonzero(resources?.limits?[name]))
  }

  static func cpuAndMemory(_ cluster: Cluster) -> [FieldError] {
    let checks = [
      ("cpu", "cpu", "CPU"), ("memory", "memory", "Memory"), ("ephemeral-storage", "storage", "Ephemeral storage"),
    ]
    return checks.flatMap { resource, field, title -> [FieldError] in
      guard case (let request?, let limit?) = amounts(cluster, resource), request > limit else { return [] }
      return [
        .invalid("\(requestsPath).\(field)", request.description, "\(title) request is greater than the limit")
      ]
    }
  }

  private static func hugePageAmounts(_ cluster: Cluster) -> [String: Quantity] {
    let resources = cluster.spec.resources
    return (resources?.requests ?? [:]).merging(resources?.limits ?? [:]) { $1 }
      .filter { $0.key.hasPrefix("hugepages-") }
  }

  static func hugePages(_ cluster: Cluster) -> [FieldError] {
    let resources = cluster.spec.resources
    let pages = hugePageAmounts(cluster)
    var errors: [FieldError] = []
    for name in pages.keys.sorted() {
      guard let request = resources?.requests?[name], let limit = resources?.limits?[name], request != limit else {
        continue
      }
      errors.append(
        .invalid("\(requestsPath).\(name)", request.description, "HugePages requests must equal the limits"))
    }
    let hasOthers = ["cpu", "memory"].contains { name in
      let amounts = amounts(cluster, name)
      return amounts.request != nil || amounts.limit != nil
    }
    return errors
      + .when(!pages.isEmpty && !hasOthers, .forbidden("spec.resources", "HugePages require cpu or memory"))
  }

  static func sharedBuffersMemory(_ cluster: Cluster) -> [FieldError] {
    guard let buffers = cluster.spec.postgresql?.parameters?["shared_buffers"].flatMap(PostgresSize.parse),
      let request = amounts(cluster, "memory").request, buffers > request,
      !hugePageAmounts(cluster).values.contains(where: { buffers <= $0 })
    else { return [] }
    let detail = "Memory request is lower than PostgreSQL `shared_buffers` value"
    return [.invalid(requestsPath, request.description, detail)]
  }
}
