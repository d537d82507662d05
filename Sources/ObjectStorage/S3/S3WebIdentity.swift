import Foundation
import XMLCoder

/// Exchanges the service account's token for keys ("IAM roles for service accounts", Amazon EKS User Guide).
struct S3WebIdentity: S3KeySource {
  private let role: String
  private let tokenFile: String
  private let session: String
  private let address: ServiceAddress
  private let client: ServiceClient

  init(_ variables: [String: String], region: String, client: ServiceClient) throws(ObjectStorageError) {
    guard let tokenFile = variables["AWS_WEB_IDENTITY_TOKEN_FILE"] else {
      throw .credentials("The variable AWS_WEB_IDENTITY_TOKEN_FILE is not set.")
    }
    guard let role = variables["AWS_ROLE_ARN"] else {
      throw .credentials(
        "AWS_WEB_IDENTITY_TOKEN_FILE is set but AWS_ROLE_ARN is not: annotate the pod's service account with "
          + "eks.amazonaws.com/role-arn.")
    }
    self.tokenFile = tokenFile
    self.role = role
    session = variables["AWS_ROLE_SESSION_NAME"] ?? "matriarch"
    let endpoint = variables["AWS_ENDPOINT_URL_STS"] ?? variables["AWS_ENDPOINT_URL"]
    address = try ServiceAddress(
      endpoint ?? "https://sts.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")")
    guard address.isSecure || address.isLoopback else {
      throw .invalidAddress(address.text, reason: "a token must not be sent without TLS; use https://")
    }
    self.client = client
  }

  var identity: String { "Role \(role)" }

  func issue() async throws -> Issued<S3Keys> {
    guard let token = (try? String(contentsOfFile: tokenFile, encoding: .utf8))?.trimmed, !token.isEmpty else {
      throw ObjectStorageError.credentials(
        "The service account's token \(tokenFile), which AWS_WEB_IDENTITY_TOKEN_FILE names, cannot be read.")
    }
    let request = ServiceRequest.form(
      address, path: "/",
      [
        ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
        ("RoleSessionName", session), ("WebIdentityToken", token),
      ])
    let claims = TokenClaims(unverified: token).map { " \($0.text)" } ?? " the token's issuer, subject and audience"
    let exchange = TokenExchange(
      service: "AWS STS (\(address.authority))",
      remedy: "The trust policy of role \(role) must allow sts:AssumeRoleWithWebIdentity for\(claims).")
    let answer = try await client.send(request, as: exchange, policy: TokenExchange.policy)
    guard let keys = try? XMLDecoder().decode(Answer.self, from: answer.body.xml).result.credentials else {
      throw ObjectStorageError.failed(service: exchange.service, status: answer.status, text: "the answer has no keys")
    }
    return keys.issued
  }

  private struct Answer: Decodable {
    struct Result: Decodable {
      var credentials: S3IssuedKeys
      enum CodingKeys: String, CodingKey { case credentials = "Credentials" }
    }
    var result: Result
    enum CodingKeys: String, CodingKey { case result = "AssumeRoleWithWebIdentityResult" }
  }
}

/// Keys as AWS issues them, in XML and in JSON.
struct S3IssuedKeys: Decodable {
  var id: String
  var secret: String
  var token: String
  var expires: Double?

  private enum Key: String, CodingKey {
    case id = "AccessKeyId"
    case secret = "SecretAccessKey"
    case session = "SessionToken"
    case token = "Token"
    case expiration = "Expiration"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    id = try container.decode(String.self, forKey: .id)
    secret = try container.decode(String.self, forKey: .secret)
    token =
      try container.decodeIfPresent(String.self, forKey: .session) ?? container.decode(String.self, forKey: .token)
    expires = try container.decodeIfPresent(String.self, forKey: .expiration).flatMap { HTTPDate.parseISO($0) }
  }

  var issued: Issued<S3Keys> {
    let lifetime = min(max((expires ?? HTTPDate.now + 900) - HTTPDate.now, 1), 7 * 86400)
    return Issued(value: S3Keys(id: id, secret: secret, sessionToken: token), expires: .now + .seconds(lifetime))
  }
}
