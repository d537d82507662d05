import Kubernetes

/// Keeps the EndpointSlices of services with a selector.
struct EndpointSliceController: Sendable {
  private let context: ControllerContext

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "endpointslice", workers: 2, caches: [caches.services, caches.pods, caches.nodes, caches.endpointSlices],
      sources: [
        Controller.keys(of: caches.services),
        Controller.keys(of: caches.pods) { change in Self.services(concernedBy: change, caches.services.all()) },
        Controller.keys(of: caches.endpointSlices) { change in
          guard let service = change.object.labels[EndpointSlicePlan.serviceLabel] else { return [] }
          return [ObjectKey(service, in: change.object.namespace)]
        },
      ],
      logger: context.logger
    ) { key in
      try await reconcile(key)
      return nil
    }
  }

  /// The services that select the pod as it was or as it is.
  static func services(concernedBy change: Change<Pod>, _ services: [Kubernetes.Service]) -> [ObjectKey] {
    var states = [change.object]
    if case .updated(let old, _) = change { states.append(old) }
    return services.filter { service in
      guard let selector = service.spec?.selector, !selector.isEmpty else { return false }
      return states.contains { pod in
        pod.namespace == service.namespace && selector.allSatisfy { pod.labels[$0.key] == $0.value }
      }
    }.map { ObjectKey($0) }
  }

  private func reconcile(_ key: ObjectKey) async throws {
    let caches = context.caches
    let service = caches.services.get(key)
    let existing = caches.endpointSlices.all(
      in: key.namespace, matching: Selector(labels: [EndpointSlicePlan.serviceLabel: key.name]))
    let zones = Dictionary(
      caches.nodes.all().map { ($0.name, $0.labels["topology.kubernetes.io/zone"]) }, uniquingKeysWith: { $1 }
    ).compactMapValues { $0 }
    let groups = service.map { ServiceEndpoints.groups(of: $0, pods: caches.pods.all(in: key.namespace), zones: zones) }
    let plan = EndpointSlicePlan(service: service, groups: groups ?? [], existing: existing)
    for slice in plan.replace {
      if let written = try await context.ifPresent({ try await context.client.replace(slice) }) {
        caches.endpointSlices.observe(written)
      }
    }
    for slice in plan.create { caches.endpointSlices.observe(try await context.client.create(slice)) }
    for name in plan.delete {
      try await context.ifPresent {
        try await context.client.delete(EndpointSlice.self, name, in: key.namespace)
      }
    }
  }
}
