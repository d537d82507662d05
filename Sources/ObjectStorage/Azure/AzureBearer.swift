/// Shows an access token of Microsoft Entra ID.
struct AzureBearer: AzureCredential {
  private let token: Rotating<String>
  private let source: any AzureTokenSource

  init(_ source: any AzureTokenSource) {
    self.source = source
    token = Rotating { try await source.issue() }
  }

  var identity: String { source.identity }

  var remedy: String {
    "\(identity) needs the role \"Storage Blob Data Contributor\" on the container or the storage account; it takes "
      + "effect some minutes after it was assigned."
  }

  func authorize(_ request: inout ServiceRequest) async throws {
    guard request.address.isSecure || request.address.isLoopback else {
      throw ObjectStorageError.invalidAddress(
        request.address.text, reason: "an access token must not be sent without TLS; use https://")
    }
    request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(try await token.value())")
  }

  func renew() async -> Bool {
    token.discard()
    return true
  }
}

/// Where access tokens for storage come from.
protocol AzureTokenSource: Sendable {
  /// `The managed identity with client id …`, for messages.
  var identity: String { get }
  func issue() async throws -> Issued<String>
}

/// What tokens are asked for.
enum AzureStorageScope {
  static let resource = "https://storage.azure.com/"
  static let scope = "https://storage.azure.com/.default"
}
