import Kubernetes
import Web

extension APICore {
  /// Whom a request acts as: its user, or somebody else that the user may impersonate (`kubectl --as`).
  ///
  /// - Throws: 403 where the user may not, 400 where the headers name groups of nobody.
  func actingUser(_ request: HTTPRequest, user: Identity) throws(StatusError) -> Identity {
    let headers = request.headers
    let groups = headers["Impersonate-Group"]
    let hasOthers = headers.contains { $0.name.lowercased().hasPrefix("impersonate-extra-") }
    guard let name = headers.first(name: "Impersonate-User"), !name.isEmpty else {
      if groups.isEmpty, !hasOthers, !headers.contains(name: "Impersonate-Uid") { return user }
      throw .badRequest("Impersonate-User is required where any other Impersonate- header is set")
    }
    if hasOthers || headers.contains(name: "Impersonate-Uid") {
      throw .badRequest("Impersonate-Uid and Impersonate-Extra- headers are not supported: leave them out")
    }
    let account = name.wholeMatch(of: /system:serviceaccount:([^:]+):([^:]+)/)
    if let account {
      try demandImpersonation("serviceaccounts", String(account.2), in: String(account.1), user)
    } else {
      try demandImpersonation("users", name, in: "", user)
    }
    for group in groups { try demandImpersonation("groups", group, in: "", user) }
    var acting = Identity(name: name, groups: groups + ["system:authenticated"])
    if let account { acting.groups += ["system:serviceaccounts", "system:serviceaccounts:\(account.1)"] }
    return acting
  }

  private func demandImpersonation(
    _ resource: String, _ name: String, in namespace: String, _ user: Identity
  ) throws(StatusError) {
    let access = AccessRequest(
      verb: "impersonate",
      subject: .resource(group: "", resource: resource, subresource: "", namespace: namespace, name: name))
    guard !authorizer.isAllowed(access, for: user) else { return }
    throw .forbidden(
      ResourceType(kind: resource, plural: resource), name, access.refusal(of: user))
  }
}
