/// What a path of the API names (Kubernetes' "request info"), before anybody knows whether that exists.
enum RequestTarget: Sendable, Equatable {
  case resource(ResourceTarget)
  /// Anything that is no resource: discovery, health, documents.
  case other(path: String)

  init(segments: [String]) {
    if let target = ResourceTarget(segments: segments) {
      self = .resource(target)
    } else {
      self = .other(path: "/" + segments.joined(separator: "/"))
    }
  }
}

struct ResourceTarget: Sendable, Equatable {
  var group: String
  var version: String
  var namespace: String?
  /// The plural.
  var resource: String
  var name: String?
  var subresource: String?
  /// What follows the subresource: the path behind `proxy`.
  var rest: [String] = []

  /// - Returns: nil where the path is not one of a resource.
  init?(segments: [String]) {
    var parts = segments[...]
    // A trailing slash makes an empty last segment; proxied paths keep theirs.
    switch parts.popFirst() {
    case "api": group = ""
    case "apis":
      guard let name = parts.popFirst(), !name.isEmpty else { return nil }
      group = name
    default: return nil
    }
    guard let version = parts.popFirst(), !version.isEmpty, let first = parts.popFirst(), !first.isEmpty else {
      return nil
    }
    self.version = version
    resource = first
    if first == "namespaces", let name = parts.popFirst(), !name.isEmpty {
      // `namespaces/x/status` and `finalize` belong to the namespace itself; anything else is in it.
      if let next = parts.first, !next.isEmpty, !(group.isEmpty && Self.ofNamespaces.contains(next)) {
        namespace = name
        resource = parts.removeFirst()
      } else {
        self.name = name
        namespace = group.isEmpty ? name : nil
        subresource = parts.popFirst().flatMap { $0.isEmpty ? nil : $0 }
        return
      }
    }
    name = parts.popFirst().flatMap { $0.isEmpty ? nil : $0 }
    subresource = parts.popFirst().flatMap { $0.isEmpty ? nil : $0 }
    rest = Array(parts)
  }

  private static let ofNamespaces: Set = ["status", "finalize"]
}

/// What a request wants to do, in the words of RBAC.
enum RequestVerb: String, Sendable {
  case get, list, watch, create, update, patch, delete, deletecollection

  /// - Parameter isWatch: what the query parameter `watch` says.
  /// - Returns: nil for a method that no resource has.
  init?(method: String, hasName: Bool, isWatch: Bool) {
    switch (method, hasName) {
    case ("GET", _), ("HEAD", _): self = isWatch ? .watch : hasName ? .get : .list
    case ("POST", _): self = .create
    case ("PUT", _): self = .update
    case ("PATCH", _): self = .patch
    case ("DELETE", true): self = .delete
    case ("DELETE", false): self = .deletecollection
    default: return nil
    }
  }
}
