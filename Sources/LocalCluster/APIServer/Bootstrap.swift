import Foundation
import Kubernetes

/// The objects that every cluster has from its first moment: namespaces, roles and the Service `kubernetes`.
struct Bootstrap: Sendable {
  let store: Store

  /// - Parameters:
  ///   - address: where the API server listens.
  ///   - serviceAddress: of the Service `kubernetes`.
  func run(address: String, port: Int, serviceAddress: String) async throws {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
      try await create(Namespace.named(name), NamespaceStrategy())
    }
    for role in BootstrapRoles.roles { try await put(role) }
    for binding in BootstrapRoles.bindings { try await create(binding, RoleBindingStrategy()) }
    let service = Service.named("kubernetes", in: "default") { service in
      service.metadata.labels = ["component": "apiserver", "provider": "kubernetes"]
      service.spec = .with { spec in
        spec.clusterIP = serviceAddress
        spec.clusterIPs = [serviceAddress]
        spec.ports = [
          .with {
            $0.name = "https"
            $0.port = 443
            $0.targetPort = .int(port)
          }
        ]
      }
    }
    try await create(service, ServiceStrategy())
    try await put(
      EndpointSlice.named("kubernetes", in: "default") { slice in
        slice.metadata.labels = ["kubernetes.io/service-name": "kubernetes"]
        slice.addressType = "IPv4"
        slice.endpoints = [
          .with {
            $0.addresses = [address]
            $0.conditions = .with { $0.ready = true }
          }
        ]
        slice.ports = [
          .with {
            $0.name = "https"
            $0.port = port
          }
        ]
      })
  }

  private func key<Object: APIObject>(_ object: Object) -> StoreKey {
    StoreKey(Object.resource.qualifiedPlural, namespace: object.namespace, name: object.name)
  }

  /// Creates what is not there; what is there belongs to the user.
  private func create<Object: APIObject>(_ object: Object, _ strategy: any ResourceStrategy = PlainStrategy())
    async throws
  {
    guard store.get(key(object)) == nil else { return }
    var value = try filled(object)
    strategy.prepareForCreate(&value)
    _ = try await store.create(key(object), value)
  }

  /// Creates or brings up to date what belongs to the control plane.
  private func put<Object: APIObject>(_ object: Object) async throws {
    guard let stored = store.get(key(object)) else { return try await create(object) }
    let old = try stored.value()
    var new = try filled(object)
    let metadata = old["metadata"]
    let content = { (value: JSON) in value.objectValue?.filter { $0.key != "metadata" } }
    guard content(new) != content(old) else { return }
    new["metadata"] = metadata
    _ = try await store.update(stored.key, new, ifRevision: stored.revision)
  }

  private func filled<Object: APIObject>(_ object: Object) throws -> JSON {
    var value = Schema.of(Object.self).defaulting(try JSON(encoding: object))
    value[path: ["metadata", "uid"]] = .string(UUID().uuidString.lowercased())
    value[path: ["metadata", "creationTimestamp"]] = .string(Timestamp.seconds())
    return value
  }
}
