import Foundation
import Kubernetes
import Logging
import NIOHTTP1
import Processes

/// Issues access tokens to service accounts that the identity trusts: the part of Microsoft Entra ID that workload identity
/// needs.
struct TokenEndpoint: Sendable {
  let credentials: FederatedCredentials
  /// What verifies the tokens of service accounts.
  let accounts: ServiceAccountTokens
  let tokens: AccessTokens
  /// Storage accounts there are.
  let storageAccounts: Set<String>
  let logger: Logger

  private static let mostBytes = 256 << 10
  static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

  func respond(to request: ServiceRequest, _ body: inout BodyReader) async -> ServiceResponse {
    let parts = request.path.split(separator: "/").map(String.init)
    let host = request.headers.first(name: "host") ?? AzureSettings.authorityHost
    do {
      switch (request.method, parts.first ?? "", parts.dropFirst().joined(separator: "/")) {
      case ("POST", let tenant, "oauth2/v2.0/token"):
        try Self.check(tenant)
        let form = PercentText.form(String(decoding: try await body.collect(upTo: Self.mostBytes), as: UTF8.self)) ?? []
        return try await issue(Dictionary(form.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
      case ("GET", let tenant, "v2.0/.well-known/openid-configuration"):
        try Self.check(tenant)
        return Self.json(Discovery.tenant(host: host))
      case ("GET", "common", "discovery/instance"): return Self.json(Discovery.instance(host: host))
      default:
        return ServiceResponse(404, headers: ["Content-Type": "text/plain"], body: .bytes(Array("Not found\n".utf8)))
      }
    } catch let error as TokenError {
      logger.info("no token was issued", metadata: ["reason": "AADSTS\(error.number): \(error.text)"])
      return error.response(requestID: request.id)
    } catch {
      logger.error("no token could be issued", metadata: ["error": "\(error)"])
      let failure = TokenError(
        status: 500, error: "server_error", number: 90033, text: "A transient error has occurred. Please try again.")
      return failure.response(requestID: request.id)
    }
  }

  private static func check(_ tenant: String) throws(TokenError) {
    guard tenant.lowercased() == AzureSettings.tenantID else { throw .noTenant(tenant) }
  }

  private func issue(_ form: [String: String]) async throws -> ServiceResponse {
    func parameter(_ name: String) throws(TokenError) -> String {
      guard let value = form[name], !value.isEmpty else { throw .missing(name) }
      return value
    }
    let grant = try parameter("grant_type")
    guard grant == "client_credentials" else { throw TokenError.unsupportedGrant(grant) }
    let clientID = try parameter("client_id")
    let resource = try resource(try parameter("scope"))
    guard clientID.lowercased() == AzureSettings.clientID else { throw TokenError.noApplication(clientID) }
    guard try parameter("client_assertion_type") == Self.assertionType else {
      throw TokenError.missing("client_assertion_type")
    }
    try await verify(try parameter("client_assertion"))
    let answer: JSON = [
      "token_type": "Bearer", "expires_in": .int(Int64(AccessTokens.lifetime - 1)),
      "ext_expires_in": .int(Int64(AccessTokens.lifetime - 1)),
      "access_token": .string(try await tokens.issue(clientID: clientID, resource: resource)),
    ]
    return Self.json(answer)
  }

  /// The credential first, then the signature: as with Entra, what is missing is said of a token that nobody trusts.
  private func verify(_ token: String) async throws {
    guard let assertion = Assertion(token) else { throw TokenError.malformedAssertion }
    let credentials = credentials
    try (try await Blocking.run { try credentials.all() }).match(assertion, issuer: accounts.issuer)
    let now = Date()
    guard assertion.notBefore <= now, now < assertion.expiry else { throw TokenError.outsideOfTime(assertion) }
    do throws(ServiceAccountTokens.Failure) {
      _ = try await accounts.verified(token, audiences: assertion.audiences)
    } catch {
      throw TokenError.badSignature
    }
  }

  /// `https://storage.azure.com/.default`: the resource is what stands before.
  private func resource(_ scopes: String) throws(TokenError) -> String {
    // Libraries add the scopes of OpenID, which mean nothing here.
    let scope = scopes.split(separator: " ").map(String.init).first { $0.hasSuffix("/.default") }
    guard let scope else { throw .invalidScope(scopes) }
    var resource = String(scope.dropLast("/.default".count))
    while resource.hasSuffix("/") { resource.removeLast() }
    let known = [AccessTokens.resource] + storageAccounts.map { "https://\(AzureSettings.blobHost($0))" }
    guard known.contains(resource) else { throw .noResource(resource) }
    return resource
  }

  private static func json(_ value: JSON) -> ServiceResponse {
    ServiceResponse(
      200, headers: ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache"],
      body: .bytes(value.serialized()))
  }

  /// What sign-in libraries ask for before the first token.
  enum Discovery {
    static func tenant(host: String) -> JSON {
      let base = "https://\(host)/\(AzureSettings.tenantID)"
      return [
        "issuer": .string("\(base)/v2.0"), "token_endpoint": .string("\(base)/oauth2/v2.0/token"),
        "authorization_endpoint": .string("\(base)/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": .string("\(base)/oauth2/v2.0/devicecode"),
        "jwks_uri": .string("\(base)/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"], "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"], "scopes_supported": ["openid"],
      ]
    }

    static func instance(host: String) -> JSON {
      [
        "tenant_discovery_endpoint": .string(
          "https://\(host)/\(AzureSettings.tenantID)/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [
          [
            "preferred_network": .string(host), "preferred_cache": .string(host), "aliases": [.string(host)],
          ]
        ],
      ]
    }
  }
}
