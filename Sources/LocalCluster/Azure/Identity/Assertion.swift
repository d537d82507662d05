import Foundation
import Kubernetes

/// What a service account's token says of itself, before anybody has verified it.
struct Assertion: Sendable, Equatable {
  var issuer: String
  var subject: String
  var audiences: [String]
  var expiry: Date
  var notBefore: Date

  /// - Returns: nil for what is no JSON Web Token with these claims.
  init?(_ token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    var payload = parts[1].replacing("-", with: "+").replacing("_", with: "/")
    payload += String(repeating: "=", count: (4 - payload.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: String(payload)), let claims = try? JSON(parsing: Array(data)),
      let issuer = claims["iss"]?.stringValue, let subject = claims["sub"]?.stringValue,
      let expiry = Timestamps.date(claims["exp"])
    else { return nil }
    self.issuer = issuer
    self.subject = subject
    self.expiry = expiry
    notBefore = Timestamps.date(claims["nbf"]) ?? .distantPast
    audiences = claims["aud"]?.arrayValue?.compactMap(\.stringValue) ?? [claims["aud"]?.stringValue].compactMap { $0 }
  }
}
