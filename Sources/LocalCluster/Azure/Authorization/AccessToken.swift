import Foundation
import JWTKit

/// Access tokens for storage: signed by the token endpoint, believed by the blob service.
struct AccessTokens: Sendable {
  struct Claims: JWTPayload {
    enum CodingKeys: String, CodingKey {
      case audience = "aud"
      case issuer = "iss"
      case issuedAt = "iat"
      case notBefore = "nbf"
      case expiration = "exp"
      case application = "appid"
      case object = "oid"
      case subject = "sub"
      case tenant = "tid"
    }

    var audience: AudienceClaim
    var issuer: IssuerClaim
    var issuedAt: IssuedAtClaim
    var notBefore: NotBeforeClaim
    var expiration: ExpirationClaim
    var application: String
    var object: String
    var subject: SubjectClaim
    var tenant: String

    func verify(using algorithm: some JWTAlgorithm) throws {
      try expiration.verifyNotExpired()
      try notBefore.verifyNotBefore()
    }
  }

  static let lifetime = 3600
  static let issuer = "https://sts.windows.net/\(AzureSettings.tenantID)/"
  /// The resource that all accounts are.
  static let resource = "https://storage.azure.com"

  private let keys: JWTKeyCollection

  init(key: Data) async { keys = await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: .sha256) }

  func issue(clientID: String, resource: String, now: Date = .now) async throws -> String {
    let issued = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
    return try await keys.sign(
      Claims(
        audience: AudienceClaim(value: [resource]), issuer: IssuerClaim(value: Self.issuer),
        issuedAt: IssuedAtClaim(value: issued), notBefore: NotBeforeClaim(value: issued),
        expiration: ExpirationClaim(value: issued + Double(Self.lifetime)), application: clientID, object: clientID,
        subject: SubjectClaim(value: clientID), tenant: AzureSettings.tenantID))
  }

  /// - Throws: 401 for a token that is not ours, has expired, or is for something else.
  func verify(_ token: String, account: String) async throws(StorageError) {
    let claims: Claims
    do {
      claims = try await keys.verify(token, as: Claims.self)
    } catch let error as JWTError where error.errorType == .claimVerificationFailure {
      throw .tokenNeeded("InvalidAuthenticationInfo", detail: "Lifetime validation failed. The token is expired.")
    } catch {
      throw .tokenNeeded("InvalidAuthenticationInfo", detail: "Signature validation failed.")
    }
    let accepted = [Self.resource, "https://\(AzureSettings.blobHost(account))"]
    let audiences = claims.audience.value.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    guard audiences.contains(where: accepted.contains) else {
      throw .tokenNeeded("InvalidAuthenticationInfo", detail: "Audience validation failed. Audience did not match.")
    }
  }
}
