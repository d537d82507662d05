import Kubernetes

extension APICore {
  /// What everybody may read, without saying who they are: health, version, and the documents that verifiers of tokens
  /// need.
  private static let publicPaths: Set<String> = [
    "/healthz", "/livez", "/readyz", "/version", "/.well-known/openid-configuration", "/openid/v1/jwks",
  ]

  /// - Throws: 403 in Kubernetes' words, 401 where nobody said who they are.
  func authorize(path: String, method: String, user: Identity) throws(StatusError) {
    if Self.publicPaths.contains(path), method == "GET" || method == "HEAD" { return }
    let access = AccessRequest(verb: method.lowercased(), subject: .path(path))
    guard !authorizer.isAllowed(access, for: user) else { return }
    if user == .anonymous { throw .unauthorized }
    throw StatusError(
      code: 403, reason: "Forbidden", message: "forbidden: \(access.refusal(of: user))")
  }

  /// Server-side apply of an object that is not there creates it, and needs the right to.
  func authorizeCreation(_ request: APIRequest) throws(StatusError) { try authorize(request, verb: "create") }

  func authorize(_ request: APIRequest) throws(StatusError) { try authorize(request, verb: request.verb.rawValue) }

  private func authorize(_ request: APIRequest, verb: String) throws(StatusError) {
    let target = request.target
    var verb = verb
    // Running a command in a container is never mere reading, whatever the method: kubectl comes with GET (WebSocket)
    // or POST.
    if target.resource == "pods", ["exec", "attach", "portforward"].contains(target.subresource ?? "") {
      verb = "create"
    }
    let access = AccessRequest(
      verb: verb,
      subject: .resource(
        group: target.group, resource: target.resource, subresource: target.subresource ?? "",
        namespace: target.namespace ?? "", name: target.name ?? request.selectedName ?? ""))
    guard !authorizer.isAllowed(access, for: request.user) else { return }
    if request.user == .anonymous { throw .unauthorized }
    let type =
      registry.find(group: target.group, version: target.version, plural: target.resource)?.type
      ?? ResourceType(group: target.group, version: target.version, kind: target.resource, plural: target.resource)
    throw .forbidden(type, target.name ?? "", access.refusal(of: request.user))
  }
}

extension APIRequest {
  /// The one object that a list or a watch is restricted to: a rule with its name allows the request, so that a watch
  /// of one object needs no right to see the others (Kubernetes, "Referring to resources": list or watch by
  /// `metadata.name`).
  fileprivate var selectedName: String? {
    guard verb == .list || verb == .watch, let text = query("fieldSelector"),
      let selector = try? FieldSelector(parsing: text)
    else { return nil }
    return selector.requirements.first { $0.path == "metadata.name" && $0.isEqual }?.value
  }
}
