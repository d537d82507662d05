import CryptoExtras
import Foundation

@testable import ObjectStorage

/// A service account's key, and the token service that verifies what it signs.
struct GoogleKey: Sendable {
  private let key: _RSA.Signing.PrivateKey

  init() throws { key = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

  func json(tokenAddress: String) throws -> String {
    let fields = [
      "type": "service_account", "client_email": "pg@project.iam.gserviceaccount.com", "private_key_id": "key-1",
      "private_key": key.pemRepresentation, "token_uri": tokenAddress, "project_id": "project",
    ]
    return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
  }

  /// As RFC 7523 says: signature, issuer, audience and time are looked at.
  func token(_ request: TestServer.Request) -> TestServer.Response {
    let refusal = TestServer.Response.text(
      400, #"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#)
    let parts = request.form["assertion"]?.split(separator: ".").map(String.init) ?? []
    guard request.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer", parts.count == 3,
      let signature = Base64.decodeURL(parts[2]), let claims = Base64.decodeURL(parts[1]),
      let object = try? JSONSerialization.jsonObject(with: Data(claims)) as? [String: Any],
      object["iss"] as? String == "pg@project.iam.gserviceaccount.com", let expiry = object["exp"] as? Double,
      expiry > HTTPDate.now, expiry < HTTPDate.now + 3601, (object["aud"] as? String)?.hasSuffix("/token") == true,
      key.publicKey.isValidSignature(
        _RSA.Signing.RSASignature(rawRepresentation: Data(signature)), for: Data("\(parts[0]).\(parts[1])".utf8),
        padding: .insecurePKCS1v1_5)
    else { return refusal }
    return .text(200, #"{"access_token":"google-token","expires_in":3599,"token_type":"Bearer"}"#)
  }
}
