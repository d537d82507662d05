import Foundation

/// What a token says about itself, not verified: only to show it to people, who compare it with what they registered.
struct TokenClaims: Sendable, Equatable {
  var issuer: String?
  var subject: String?
  var audience: String?

  init?(unverified token: String) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let bytes = Base64.decodeURL(parts[1]),
      let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    else { return nil }
    issuer = object["iss"] as? String
    subject = object["sub"] as? String
    audience = (object["aud"] as? String) ?? (object["aud"] as? [String])?.joined(separator: ", ")
  }

  /// `issuer "…", subject "…", audience "…"`
  var text: String {
    [("issuer", issuer), ("subject", subject), ("audience", audience)]
      .compactMap { name, value in value.map { "\(name) \"\($0)\"" } }.joined(separator: ", ")
  }
}
