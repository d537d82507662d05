/// The verbs of the API on typed objects. What a type does not declare is not seen: change objects with patches or
/// server-side apply, and replace only kinds that are declared in full.
extension KubernetesClient {
  public func get<T: APIObject>(_ type: T.Type, _ name: String, in namespace: String? = nil) async throws -> T {
    try decode(try await get(T.resource, name, in: namespace))
  }

  /// The object, or nil if there is none.
  public func find<T: APIObject>(_ type: T.Type, _ name: String, in namespace: String? = nil) async throws -> T? {
    try await find(T.resource, name, in: namespace).map { try decode($0) }
  }

  /// All objects that match, of all namespaces if none is named.
  public func list<T: APIObject>(
    _ type: T.Type, in namespace: String? = nil, labels: String? = nil, fields: String? = nil
  ) async throws -> ObjectList<T> {
    let list = try await list(T.resource, in: namespace, labels: labels, fields: fields)
    return ObjectList(items: try list.items.map { try decode($0) }, resourceVersion: list.resourceVersion)
  }

  public func create<T: APIObject>(_ object: T) async throws -> T {
    try decode(try await create(T.resource, try JSON(encoding: object)))
  }

  public func replace<T: APIObject>(_ object: T, subresource: String? = nil) async throws -> T {
    try decode(try await replace(T.resource, try JSON(encoding: object), subresource: subresource))
  }

  public func patch<T: APIObject>(
    _ type: T.Type, _ name: String, in namespace: String? = nil, _ patch: Patch, subresource: String? = nil
  ) async throws -> T {
    try decode(try await self.patch(T.resource, name, in: namespace, patch, subresource: subresource))
  }

  /// Server-side apply; see the untyped one. The type's defaults are part of what is applied.
  public func apply<T: APIObject>(
    _ object: T, manager: String, force: Bool = true, subresource: String? = nil
  ) async throws -> T {
    let json = try JSON(encoding: object)
    return try decode(
      try await apply(T.resource, json, manager: manager, force: force, subresource: subresource))
  }

  public func delete<T: APIObject>(
    _ type: T.Type, _ name: String, in namespace: String? = nil, gracePeriod: Int? = nil, propagation: String? = nil,
    uid: String? = nil
  ) async throws {
    try await delete(
      T.resource, name, in: namespace, gracePeriod: gracePeriod, propagation: propagation, uid: uid)
  }

  private func decode<T: APIObject>(_ json: JSON) throws -> T {
    do {
      return try json.decoded(as: T.self)
    } catch {
      let name = json[path: ["metadata", "name"]]?.stringValue ?? ""
      throw TransportError(
        kind: .unreadableAnswer, request: "\(T.resource.kind) \(name)", server: server, cause: "\(error)")
    }
  }
}
