import Crypto
import Foundation

/// Finds out what a request is allowed to: by the account's key, a shared access signature or an access token.
struct StorageAuthorizer: Sendable {
  /// By account.
  let keys: [String: SymmetricKey]
  let tokens: AccessTokens

  init(_ secrets: AzureSecrets, tokens: AccessTokens) {
    keys = secrets.accountKeys.compactMapValues { Data(base64Encoded: $0).map { SymmetricKey(data: $0) } }
    self.tokens = tokens
  }

  var accounts: Set<String> { Set(keys.keys) }

  /// - Throws: 401 or 403 for a request that proves nothing, or proves it wrongly.
  func grant(_ request: ServiceRequest, _ address: ResourceAddress) async throws(StorageError) -> Grant {
    guard let key = keys[address.account] else { throw .resourceNotFound }
    guard let authorization = request.header("Authorization") else {
      guard request.query("sig") != nil else { throw .tokenNeeded("NoAuthenticationInformation") }
      return .shared(try SharedAccessSignature(request, address, key: key))
    }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { throw .malformedAuthorization }
    switch parts[0].lowercased() {
    case "sharedkey":
      try SharedKey.verify(parts[1], request, account: address.account, key: key)
    case "bearer":
      // A token that travelled in the clear is not a secret any more.
      guard request.isSecure else { throw .tokenNeeded("InsecureConnection", detail: "Access tokens need TLS.") }
      try await tokens.verify(String(parts[1]), account: address.account)
    default: throw .malformedAuthorization
    }
    return .everything
  }
}

extension StorageError {
  fileprivate static let malformedAuthorization = StorageError(
    400, "InvalidAuthenticationInfo",
    "Authentication information is not given in the correct format. Check the value of Authorization header.")
}
