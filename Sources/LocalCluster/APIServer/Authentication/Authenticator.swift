import Kubernetes
import Web

/// Finds out who makes a request: by client certificate or bearer token. Who shows neither is anonymous; who shows
/// something that is not good is refused.
struct Authenticator: Sendable {
  let tokens: ServiceAccountTokens
  let store: Store

  /// - Throws: 401 for a token that is forged, expired, for somebody else, or bound to an object that is gone.
  func identify(_ request: HTTPRequest) async throws(StatusError) -> Identity {
    if let certificate = request.clientCertificate, !certificate.commonName.isEmpty {
      return Identity(
        name: certificate.commonName, groups: certificate.organizations + ["system:authenticated"])
    }
    guard let header = request.headers.first(name: "Authorization") else { return .anonymous }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .unauthorized }
    do {
      return try await identify(token: String(parts[1]), audiences: [tokens.ownAudience]).identity
    } catch {
      throw .unauthorized
    }
  }

  /// Whose a token is, and for which of the audiences it is meant.
  func identify(
    token: String, audiences: [String]
  ) async throws(ServiceAccountTokens.Failure) -> (identity: Identity, audiences: [String]) {
    let (claims, common) = try await tokens.verified(token, audiences: audiences)
    let namespace = claims.kubernetes.namespace
    let account = claims.kubernetes.serviceaccount
    // A token dies with what it is bound to, and a new object of the same name is another one.
    try check(account, StoreKey("serviceaccounts", namespace: namespace, name: account.name))
    if let pod = claims.kubernetes.pod {
      try check(pod, StoreKey("pods", namespace: namespace, name: pod.name))
    }
    var extra = ["authentication.kubernetes.io/credential-id": ["JTI=\(claims.id.value)"]]
    if let pod = claims.kubernetes.pod {
      extra["authentication.kubernetes.io/pod-name"] = [pod.name]
      extra["authentication.kubernetes.io/pod-uid"] = [pod.uid]
    }
    if let node = claims.kubernetes.node {
      extra["authentication.kubernetes.io/node-name"] = [node.name]
      extra["authentication.kubernetes.io/node-uid"] = [node.uid]
    }
    let identity = Identity(
      name: "system:serviceaccount:\(namespace):\(account.name)", uid: account.uid,
      groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"], extra: extra)
    return (identity, common)
  }

  private func check(
    _ reference: ServiceAccountTokens.Claims.Reference, _ key: StoreKey
  ) throws(ServiceAccountTokens.Failure) {
    guard store.get(key)?.uid == reference.uid else {
      throw ServiceAccountTokens.Failure(description: "the token is bound to \(key), which is gone")
    }
  }
}
