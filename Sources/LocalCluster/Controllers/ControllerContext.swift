import Kubernetes
import Logging

/// What every controller works with.
struct ControllerContext: Sendable {
  let client: KubernetesClient
  let caches: ClusterCaches
  let events: EventRecorder
  let settings: ControllerSettings
  let logger: Logger
}

extension ControllerContext {
  /// Writes a status as the difference to what it was; nothing if there is none.
  ///
  /// - Parameter ifUnchanged: refuse, as a conflict, where somebody wrote the object meanwhile.
  /// - Returns: the object as it is then; nil where nothing was written, or where it is gone.
  @discardableResult
  func writeStatus<Object: APIObject, Status: Declared>(
    of object: Object, from old: Status?, to new: Status, ifUnchanged: Bool = false
  ) async throws -> Object? {
    guard old != new else { return nil }
    let change = MergePatch.difference(
      from: try old.map { try JSON(encoding: $0) } ?? [:], to: try JSON(encoding: new))
    // The uid makes sure that another object of the same name is not taken for this one.
    var patch: JSON = ["metadata": ["uid": .string(object.uid)], "status": change]
    if ifUnchanged { patch[path: ["metadata", "resourceVersion"]] = .string(object.metadata.resourceVersion ?? "") }
    return try await ifPresent {
      try await client.patch(
        Object.self, object.name, in: object.resourceNamespace, .merge(patch), subresource: "status")
    }
  }

  /// Adds or removes one finalizer without touching others. Refused as a conflict where the object changed meanwhile.
  @discardableResult
  func setFinalizers<Object: APIObject>(of object: Object, _ finalizers: [String]) async throws -> Object? {
    let patch: JSON = [
      "metadata": [
        "uid": .string(object.uid), "resourceVersion": .string(object.metadata.resourceVersion ?? ""),
        "finalizers": .array(finalizers.map(JSON.string)),
      ]
    ]
    return try await ifPresent {
      try await client.patch(Object.self, object.name, in: object.resourceNamespace, .merge(patch))
    }
  }

  func delete<Object: APIObject>(
    _ object: Object, gracePeriod: Int? = nil, propagation: String? = nil
  ) async throws {
    try await ifPresent {
      try await client.delete(
        Object.self, object.name, in: object.resourceNamespace, gracePeriod: gracePeriod, propagation: propagation,
        uid: object.uid)
    }
  }

  /// Somebody else may have deleted the object a moment ago, and another may have its name: both mean that there is
  /// nothing left to do here.
  @discardableResult
  nonisolated(nonsending) func ifPresent<Value>(_ body: () async throws -> Value) async throws -> Value? {
    do {
      return try await body()
    } catch let error as APIError where error.isNotFound {
      return nil
    }
  }
}

extension APIObject {
  /// Nil for objects of the whole cluster.
  var resourceNamespace: String? { Self.resource.isNamespaced ? namespace : nil }
}
