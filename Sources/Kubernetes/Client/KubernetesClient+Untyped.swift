import NIOHTTP1

/// The verbs of the API on any kind of object, as JSON.
extension KubernetesClient {
  /// Objects a page of a list; the page size of kubectl.
  static let pageSize = 500

  public func get(_ resource: ResourceType, _ name: String, in namespace: String? = nil) async throws -> JSON {
    try await json("GET", path(resource, name, namespace))
  }

  /// The object, or nil if there is none.
  public func find(_ resource: ResourceType, _ name: String, in namespace: String? = nil) async throws -> JSON? {
    do {
      return try await get(resource, name, in: namespace)
    } catch let error as APIError where error.isNotFound {
      return nil
    }
  }

  /// All objects that match, read in pages of one and the same moment.
  ///
  /// - Parameters:
  ///   - namespace: nil means all.
  ///   - labels: a label selector's text. `fields`: a field selector's.
  public func list(
    _ resource: ResourceType, in namespace: String? = nil, labels: String? = nil, fields: String? = nil
  ) async throws -> ObjectList<JSON> {
    let path = try path(resource, nil, namespace)
    let selection = Self.selection(labels, fields)
    var items: [JSON] = []
    var next: String?
    repeat {
      var query = selection
      query.append(("limit", String(Self.pageSize)))
      if let next { query.append(("continue", next)) }
      let page: JSON
      do {
        page = try await json("GET", path, query)
      } catch let error as APIError where error.isGone && next != nil {
        // The server has forgotten the moment the list began in; only a list in one piece is consistent now.
        items = []
        next = nil
        page = try await json("GET", path, selection)
      }
      items.append(contentsOf: page["items"]?.arrayValue ?? [])
      next = page[path: ["metadata", "continue"]]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
      if next == nil {
        return ObjectList(
          items: items.map { Self.typed($0, as: resource) },
          resourceVersion: page[path: ["metadata", "resourceVersion"]]?.stringValue ?? "")
      }
    } while true
  }

  /// Creates the object in the namespace that its metadata names, or the configuration's.
  public func create(_ resource: ResourceType, _ object: JSON) async throws -> JSON {
    try await json("POST", path(resource, nil, namespace(of: object, resource)), body: object)
  }

  /// Creates something below an object: a pod's `eviction` or `binding`, a service account's `token`.
  public func create(
    _ resource: ResourceType, _ name: String, in namespace: String?, subresource: String, _ object: JSON
  ) async throws -> JSON {
    try await json("POST", path(resource, name, namespace, subresource), body: object)
  }

  /// Replaces the object; refused as a conflict if its resource version is not the newest.
  public func replace(_ resource: ResourceType, _ object: JSON, subresource: String? = nil) async throws -> JSON {
    let path = try path(resource, try name(of: object), namespace(of: object, resource), subresource)
    return try await json("PUT", path, body: object)
  }

  public func patch(
    _ resource: ResourceType, _ name: String, in namespace: String? = nil, _ patch: Patch, subresource: String? = nil
  ) async throws -> JSON {
    try await json(
      "PATCH", path(resource, name, namespace, subresource), headers: ["Content-Type": patch.contentType],
      body: patch.body)
  }

  /// Server-side apply: the fields of the object become what it says and belong to the manager; fields that the manager
  /// applied before and no longer names are removed.
  ///
  /// - Parameter force: take fields that belong to somebody else instead of failing with a conflict.
  public func apply(
    _ resource: ResourceType, _ object: JSON, manager: String, force: Bool = true, subresource: String? = nil
  ) async throws -> JSON {
    var object = object
    object["apiVersion"] = object["apiVersion"] ?? .string(resource.apiVersion)
    object["kind"] = object["kind"] ?? .string(resource.kind)
    // The server refuses these in what is applied.
    object[path: ["metadata", "managedFields"]] = nil
    let query: [QueryItem] = [("fieldManager", manager)] + (force ? [("force", "true")] : [])
    return try await json(
      "PATCH", path(resource, try name(of: object), namespace(of: object, resource), subresource), query,
      headers: ["Content-Type": "application/apply-patch+yaml"], body: object)
  }

  /// Asks for the object's deletion, which finalizers and grace may put off.
  ///
  /// - Parameters:
  ///   - propagation: `Foreground`, `Background` or `Orphan`.
  ///   - uid: delete only the object with this UID, not another one of its name; refused as a conflict otherwise.
  public func delete(
    _ resource: ResourceType, _ name: String, in namespace: String? = nil, gracePeriod: Int? = nil,
    propagation: String? = nil, uid: String? = nil
  ) async throws {
    var options: JSON = ["apiVersion": "v1", "kind": "DeleteOptions"]
    options["gracePeriodSeconds"] = gracePeriod.map { .int(Int64($0)) }
    options["propagationPolicy"] = propagation.map { .string($0) }
    options["preconditions"] = uid.map { ["uid": .string($0)] }
    _ = try await json("DELETE", path(resource, name, namespace), body: options)
  }

  // MARK: -

  func json(
    _ method: String, _ path: String, _ query: [QueryItem] = [], headers: HTTPHeaders = [:], body: JSON? = nil
  ) async throws -> JSON {
    let response = try await request(
      method: method, path: path, query: query, headers: headers, body: body?.serialized())
    do {
      return try response.json()
    } catch {
      throw TransportError(
        kind: .unreadableAnswer, request: "\(method) \(path)", server: server, cause: "\(error)")
    }
  }

  /// The path of a collection or of an object. Namespaced kinds without a namespace: the collection of all namespaces,
  /// or an object of the configuration's.
  func path(_ resource: ResourceType, _ name: String?, _ namespace: String?, _ subresource: String? = nil)
    throws(APIError) -> String
  {
    for (part, value) in [("name", name), ("namespace", namespace)] {
      guard let value, value.isEmpty || value == "." || value == ".." else { continue }
      throw APIError(
        status: 400, reason: "BadRequest", message: "\"\(value)\" is not the \(part) of any \(resource.kind)")
    }
    return resource.path(
      namespace: (namespace ?? (name == nil ? nil : configuration.defaultNamespace)).map(PercentEncoding.encode),
      name: name.map(PercentEncoding.encode), subresource: subresource)
  }

  private func name(of object: JSON) throws(APIError) -> String {
    if let name = object[path: ["metadata", "name"]]?.stringValue { return name }
    throw APIError(status: 400, reason: "BadRequest", message: "the object has no metadata.name")
  }

  private func namespace(of object: JSON, _ resource: ResourceType) -> String? {
    guard resource.isNamespaced else { return nil }
    return object[path: ["metadata", "namespace"]]?.stringValue ?? configuration.defaultNamespace
  }

  static func selection(_ labels: String?, _ fields: String?) -> [QueryItem] {
    var query: [QueryItem] = []
    if let labels, !labels.isEmpty { query.append(("labelSelector", labels)) }
    if let fields, !fields.isEmpty { query.append(("fieldSelector", fields)) }
    return query
  }

  /// Kubernetes leaves the type out of a list's items.
  static func typed(_ object: JSON, as resource: ResourceType) -> JSON {
    guard object["kind"] == nil else { return object }
    var object = object
    object["apiVersion"] = .string(resource.apiVersion)
    object["kind"] = .string(resource.kind)
    return object
  }
}
