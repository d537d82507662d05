import CryptoExtras
import Foundation

/// Shows a service account's key: a token that it signs is exchanged for an access token ("Using OAuth 2.0 for Server to Server
/// Applications", Google).
struct GoogleServiceAccount: GoogleTokenSource {
  private struct KeyFile: Decodable {
    var type: String?
    var email: String?
    var key: String?
    var keyID: String?
    var tokenAddress: String?
    var project: String?

    enum CodingKeys: String, CodingKey {
      case type
      case email = "client_email"
      case key = "private_key"
      case keyID = "private_key_id"
      case tokenAddress = "token_uri"
      case project = "project_id"
    }
  }

  let project: String?
  private let email: String
  private let keyID: String?
  private let key: _RSA.Signing.PrivateKey
  private let tokenAddress: ServiceAddress
  private let client: ServiceClient

  /// - Parameter json: the key as the console lets one download it.
  init(_ json: String, client: ServiceClient) throws(ObjectStorageError) {
    guard let file = try? JSONDecoder().decode(KeyFile.self, from: Data(json.utf8)) else {
      throw .credentials("applicationCredentials is no JSON; it must be a service account's key as Google issues it.")
    }
    guard file.type == "service_account" else {
      throw .credentials(
        "applicationCredentials is of type \"\(file.type ?? "")\"; only a service account's key (\"service_account\") can be "
          + "used. On Google Kubernetes Engine set gkeEnvironment instead.")
    }
    guard let email = file.email, let text = file.key, let key = try? _RSA.Signing.PrivateKey(pemRepresentation: text)
    else {
      throw .credentials("applicationCredentials has no client_email, or no private_key in PEM form.")
    }
    self.email = email
    self.key = key
    keyID = file.keyID
    project = file.project
    tokenAddress = try ServiceAddress(file.tokenAddress ?? "https://oauth2.googleapis.com/token")
    guard tokenAddress.isSecure || tokenAddress.isLoopback else {
      throw .invalidAddress(tokenAddress.text, reason: "token_uri must begin with https://")
    }
    self.client = client
  }

  var identity: String { "Service account \(email)" }

  func issue() async throws -> Issued<String> {
    let exchange = TokenExchange(
      service: "Google (\(tokenAddress.authority))",
      remedy:
        "Check that service account \(email) and its key \(keyID ?? "") exist and are enabled, and this machine's clock."
    )
    return try await client.accessToken(
      .form(
        tokenAddress,
        [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", try assertion(at: HTTPDate.now))]),
      from: exchange)
  }

  /// A signed token about ourselves (RFC 7523), valid for an hour.
  func assertion(at seconds: Double) throws -> String {
    struct Header: Encodable {
      var alg = "RS256"
      var typ = "JWT"
      var kid: String?
    }
    struct Claims: Encodable {
      var iss: String
      var scope = "https://www.googleapis.com/auth/devstorage.read_write"
      var aud: String
      var iat: Int
      var exp: Int
    }
    let now = Int(seconds)
    let header = Base64.encodeURL(try JSONEncoder().encode(Header(kid: keyID)))
    let claims = Base64.encodeURL(
      try JSONEncoder().encode(Claims(iss: email, aud: tokenAddress.text, iat: now, exp: now + 3600)))
    let signature = try key.signature(for: Data("\(header).\(claims)".utf8), padding: .insecurePKCS1v1_5)
    return "\(header).\(claims).\(Base64.encodeURL(signature.rawRepresentation))"
  }
}
