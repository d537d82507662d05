import Kubernetes

/// Deletes objects whose owners are gone, for all kinds.
actor GarbageCollector {
  private let context: ControllerContext
  private let discovery: APIDiscovery
  private let queue = WorkQueue<String>()
  private var graph = DependencyGraph()

  init(_ context: ControllerContext, _ discovery: APIDiscovery) {
    self.context = context
    self.discovery = discovery
  }

  /// Takes in a change of any object.
  func handle(_ change: MetadataChange) async {
    let affected =
      switch change {
      case .present(let object): graph.apply(object)
      case .absent(let object): graph.remove(object.uid)
      }
    for uid in affected where graph.decide(uid) != .nothing { await queue.add(uid) }
  }

  nonisolated var controller: Controller<String> {
    Controller("garbagecollector", workers: 4, sources: [], queue: queue, logger: context.logger) { uid in
      try await self.work(on: uid)
    }
  }

  private func work(on uid: String) async throws -> Duration? {
    guard let object = graph.objects[uid] else { return nil }
    switch graph.decide(uid) {
    case .nothing: return nil
    case .verify(let owners):
      for owner in owners { try await verify(owner, of: object) }
      return .zero
    case .waitForDependents(let dependents):
      for dependent in dependents { await queue.add(dependent) }
      return nil
    case .delete(let propagation):
      guard try await isCurrent(object) else { return .zero }
      context.logger.info(
        "deleting an object whose owners are gone", metadata: ["object": "\(object.location)"])
      try await context.ifPresent {
        try await context.client.delete(
          object.location.resource, object.location.name, in: object.location.namespace, propagation: propagation,
          uid: uid)
      }
      return nil
    case .removeOwners(let owners):
      try await removeOwners(owners, from: object)
      return nil
    case .orphan(let dependents):
      for dependent in dependents { try await removeOwners([uid], from: dependent) }
      try await removeFinalizer(GraphObject.orphan, from: object)
      return nil
    case .finishForeground:
      try await removeFinalizer(GraphObject.foreground, from: object)
      return nil
    }
  }

  /// Whether an owner that no watch has shown exists; only the API itself can tell.
  private func verify(_ owner: OwnerReference, of object: GraphObject) async throws {
    guard let resource = try await discovery.resource(apiVersion: owner.apiVersion, kind: owner.kind) else {
      throw UnknownOwnerKind(object: object.location, owner: owner)
    }
    if resource.isNamespaced, object.location.namespace == nil {
      // Kubernetes leaves such an object alone; see DependencyGraph.
      return
    }
    let namespace = resource.isNamespaced ? object.location.namespace : nil
    let json = try await context.client.find(resource, owner.name, in: namespace)
    if let json, let found = GraphObject(json, resource), found.uid == owner.uid {
      await handle(.present(found))
    } else {
      graph.confirmAbsent(owner.uid)
    }
  }

  /// Whether the API still has the object as the graph knows it. What is deleted must not have got a new owner since.
  private func isCurrent(_ object: GraphObject) async throws -> Bool {
    let location = object.location
    guard let json = try await context.client.find(location.resource, location.name, in: location.namespace),
      let found = GraphObject(json, location.resource), found.uid == object.uid
    else {
      await handle(.absent(object))
      return false
    }
    if found == object { return true }
    await handle(.present(found))
    return false
  }

  private func removeOwners(_ owners: Set<String>, from object: GraphObject) async throws {
    try await change(object) { metadata in
      let references = metadata["ownerReferences"]?.arrayValue ?? []
      let rest = references.filter { !owners.contains($0["uid"]?.stringValue ?? "") }
      return rest.count == references.count ? nil : ["ownerReferences": rest.isEmpty ? .null : .array(rest)]
    }
  }

  private func removeFinalizer(_ finalizer: String, from object: GraphObject) async throws {
    try await change(object) { metadata in
      let finalizers = metadata["finalizers"]?.arrayValue ?? []
      let rest = finalizers.filter { $0.stringValue != finalizer }
      return rest.count == finalizers.count ? nil : ["finalizers": .array(rest)]
    }
  }

  /// Patches an object's metadata as it is now; a conflict brings it here again.
  private func change(_ object: GraphObject, _ edit: (JSON) -> JSON?) async throws {
    let location = object.location
    guard let json = try await context.client.find(location.resource, location.name, in: location.namespace),
      let metadata = json["metadata"], metadata["uid"]?.stringValue == object.uid, var patch = edit(metadata)
    else { return }
    patch["uid"] = .string(object.uid)
    patch["resourceVersion"] = metadata["resourceVersion"]
    try await context.ifPresent {
      try await context.client.patch(
        location.resource, location.name, in: location.namespace, .merge(["metadata": patch]))
    }
  }
}

/// An owner of a kind that the API server does not know: nobody can say whether it exists, so nothing is deleted.
struct UnknownOwnerKind: Error, CustomStringConvertible {
  let object: ObjectLocation
  let owner: OwnerReference

  var description: String {
    "\(object) is owned by \(owner.kind) \(owner.name) of \(owner.apiVersion), a kind that is not served here; "
      + "create its CustomResourceDefinition or remove the reference from metadata.ownerReferences"
  }
}
