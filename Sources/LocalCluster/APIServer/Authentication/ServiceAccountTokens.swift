import Foundation
import JWTKit
import Kubernetes
import Synchronization

/// Tokens of service accounts: JWTs signed with the control plane's key (ES256), bound to the account and, if asked,
/// to a pod, for an audience and a time.
final class ServiceAccountTokens: Sendable {
  /// The claims of a token, in the form that Kubernetes gives them.
  struct Claims: JWTPayload {
    struct Reference: Codable, Sendable, Equatable {
      var name: String
      var uid: String
    }

    struct Kubernetes: Codable, Sendable {
      var namespace: String
      var serviceaccount: Reference
      var pod: Reference?
      var node: Reference?
    }

    enum CodingKeys: String, CodingKey {
      case issuer = "iss"
      case subject = "sub"
      case audience = "aud"
      case expiration = "exp"
      case issuedAt = "iat"
      case notBefore = "nbf"
      case id = "jti"
      case kubernetes = "kubernetes.io"
    }

    var issuer: IssuerClaim
    var subject: SubjectClaim
    var audience: AudienceClaim
    var expiration: ExpirationClaim
    var issuedAt: IssuedAtClaim
    var notBefore: NotBeforeClaim
    var id: IDClaim
    var kubernetes: Kubernetes

    func verify(using algorithm: some JWTAlgorithm) throws { try verifyTimes() }

    func verifyTimes() throws {
      try expiration.verifyNotExpired()
      try notBefore.verifyNotBefore()
    }
  }

  /// Why a token is not good. Clients see only that it is not; the reason is for the log and for TokenReview.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// The `iss` of tokens and the base of the discovery document.
  let issuer: String
  /// The audience of tokens that are for the API itself.
  var ownAudience: String { issuer }

  private let keys: JWTKeyCollection
  /// What tokens say whose signature was good: it stays good, and every request brings one. Whether they have expired, and
  /// what they are bound to, is asked each time.
  private let seen = Mutex<[String: Claims]>([:])
  private static let mostSeen = 1024
  private let keyID: JWKIdentifier
  /// The public key as OIDC publishes it.
  let publishedKey: JSON

  /// - Parameter keyPEM: a P-256 private key.
  init(issuer: String, keyPEM: String) async throws {
    self.issuer = issuer
    let key = try ES256PrivateKey(pem: keyPEM)
    guard let parameters = key.parameters else {
      throw Failure(description: "the service account key has no public part")
    }
    // The identifier follows from the key, so that it is the same after a restart.
    let name = String(parameters.x.prefix(16))
    keyID = JWKIdentifier(string: name)
    keys = await JWTKeyCollection().add(ecdsa: key, kid: keyID)
    publishedKey = [
      "use": "sig", "kty": "EC", "kid": .string(name), "crv": "P-256", "alg": "ES256",
      "x": .string(Self.base64URL(parameters.x)), "y": .string(Self.base64URL(parameters.y)),
    ]
  }

  private static func base64URL(_ text: String) -> String {
    text.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// - Parameters:
  ///   - audiences: empty means the API itself.
  ///   - lifetime: seconds.
  func issue(
    account: ServiceAccount, pod: Pod?, node: Node?, audiences: [String], lifetime: Int, now: Date = .now
  ) async throws -> (token: String, expiration: Date) {
    let expiration = Date(timeIntervalSince1970: (now.timeIntervalSince1970 + Double(lifetime)).rounded(.down))
    let issued = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
    let claims = Claims(
      issuer: IssuerClaim(value: issuer),
      subject: SubjectClaim(value: "system:serviceaccount:\(account.namespace):\(account.name)"),
      audience: AudienceClaim(value: audiences.isEmpty ? [ownAudience] : audiences),
      expiration: ExpirationClaim(value: expiration), issuedAt: IssuedAtClaim(value: issued),
      notBefore: NotBeforeClaim(value: issued), id: IDClaim(value: UUID().uuidString.lowercased()),
      kubernetes: Claims.Kubernetes(
        namespace: account.namespace,
        serviceaccount: Claims.Reference(name: account.name, uid: account.uid),
        pod: pod.map { Claims.Reference(name: $0.name, uid: $0.uid) },
        node: node.map { Claims.Reference(name: $0.name, uid: $0.uid) }))
    return (try await keys.sign(claims, kid: keyID), expiration)
  }

  /// The claims of a token that this control plane signed, that is valid now and for one of the audiences.
  ///
  /// - Throws: ``Failure``.
  func verified(_ token: String, audiences: [String]) async throws(Failure) -> (claims: Claims, audiences: [String]) {
    let claims: Claims
    do {
      claims = try await unexpired(token)
    } catch {
      throw Failure(description: "the token is expired, malformed or not signed by this control plane")
    }
    guard claims.issuer.value == issuer else {
      throw Failure(description: "the token was issued by \(claims.issuer.value), not by \(issuer)")
    }
    let common = claims.audience.value.filter(audiences.contains)
    guard !common.isEmpty else {
      throw Failure(description: "the token is for \(claims.audience.value), not for \(audiences)")
    }
    return (claims, common)
  }

  private func unexpired(_ token: String) async throws -> Claims {
    if let claims = seen.withLock({ $0[token] }) {
      try claims.verifyTimes()
      return claims
    }
    let claims = try await keys.verify(token, as: Claims.self)
    seen.withLock { seen in
      if seen.count >= Self.mostSeen { seen.removeAll() }
      seen[token] = claims
    }
    return claims
  }

  /// The OIDC discovery document.
  var discovery: JSON {
    [
      "issuer": .string(issuer), "jwks_uri": .string("\(issuer)/openid/v1/jwks"),
      "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
      "id_token_signing_alg_values_supported": ["ES256"],
    ]
  }
}
