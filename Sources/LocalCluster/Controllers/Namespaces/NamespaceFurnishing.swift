import Kubernetes

/// Gives every namespace its service account `default` and the API server's certificate authority.
struct NamespaceFurnishing: Sendable {
  private let context: ControllerContext

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "namespace-furnishing", caches: [caches.namespaces, caches.serviceAccounts, caches.authorities],
      sources: [
        Controller.keys(of: caches.namespaces),
        Controller.keys(of: caches.serviceAccounts) { [ObjectKey($0.object.namespace)] },
        Controller.keys(of: caches.authorities) { [ObjectKey($0.object.namespace)] },
      ],
      logger: context.logger
    ) { key in
      try await furnish(key.name)
      return nil
    }
  }

  private func furnish(_ namespace: String) async throws {
    let caches = context.caches
    guard let object = caches.namespaces.get(namespace), !object.isBeingDeleted,
      object.status?.phase != "Terminating"
    else { return }
    if caches.serviceAccounts.get("default", in: namespace) == nil {
      try await create(ServiceAccount.named("default", in: namespace), in: caches.serviceAccounts)
    }
    let data = ["ca.crt": context.settings.authorityPEM]
    let known = caches.authorities.get(ClusterCaches.rootAuthority, in: namespace)
    if let known {
      guard known.data != data else { return }
      let patch: JSON = ["data": try JSON(encoding: data)]
      try await context.ifPresent {
        caches.authorities.observe(
          try await context.client.patch(ConfigMap.self, known.name, in: namespace, .merge(patch)))
      }
    } else {
      let authority = ConfigMap.named(ClusterCaches.rootAuthority, in: namespace) {
        $0.metadata.annotations = [
          "kubernetes.io/description":
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
            + "the internal service IP or kubernetes.default.svc."
        ]
        $0.data = data
      }
      try await create(authority, in: caches.authorities)
    }
  }

  private func create<Object: APIObject>(_ object: Object, in cache: ObjectCache<Object>) async throws {
    do {
      cache.observe(try await context.client.create(object))
    } catch let error as APIError where error.isAlreadyExists {
      return
    } catch let error as APIError where error.isForbidden || error.isNotFound {
      // The namespace began to go a moment ago.
      return
    }
  }
}
