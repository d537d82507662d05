import Foundation

/// Exchanges the service account's token for an access token ("Microsoft Entra Workload ID", Azure AD workload identity
/// webhook): the variables and the token file are put into the pod by the webhook.
struct AzureWorkloadIdentity: AzureTokenSource {
  private let clientID: String
  private let tenantID: String
  private let tokenFile: String
  private let authority: ServiceAddress
  private let client: ServiceClient

  init(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    func required(_ name: String) throws(ObjectStorageError) -> String {
      guard let value = variables[name], !value.isEmpty else { throw Self.missing(name) }
      return value
    }
    tokenFile = try required("AZURE_FEDERATED_TOKEN_FILE")
    clientID = try required("AZURE_CLIENT_ID")
    tenantID = try required("AZURE_TENANT_ID")
    authority = try AzureAuthority.address(variables)
    self.client = client
  }

  private static func missing(_ name: String) -> ObjectStorageError {
    let reason =
      name == "AZURE_CLIENT_ID"
      ? "annotate the pod's service account with azure.workload.identity/client-id: CLIENT_ID"
      : "the workload identity webhook sets it for pods labelled azure.workload.identity/use: \"true\""
    return .credentials("Workload identity cannot be used because the variable \(name) is not set: \(reason).")
  }

  var identity: String { "The identity with client id \(clientID)" }

  func issue() async throws -> Issued<String> {
    // The kubelet replaces the file before the token in it expires, so it is read anew every time.
    guard let assertion = (try? String(contentsOfFile: tokenFile, encoding: .utf8))?.trimmed, !assertion.isEmpty else {
      throw ObjectStorageError.credentials(
        "The service account's token \(tokenFile), which AZURE_FEDERATED_TOKEN_FILE names, cannot be read.")
    }
    let request = ServiceRequest.form(
      authority, path: "/\(tenantID)/oauth2/v2.0/token",
      [
        ("client_id", clientID), ("grant_type", "client_credentials"), ("scope", AzureStorageScope.scope),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
      ])
    return try await client.accessToken(
      request, from: TokenExchange(service: "Microsoft Entra ID (\(authority.authority))", remedy: remedy(assertion)))
  }

  private func remedy(_ assertion: String) -> String {
    let claims = TokenClaims(unverified: assertion).map { " for \($0.text)" } ?? ""
    return
      "Identity \(clientID) of tenant \(tenantID) needs a federated credential\(claims). It takes effect without a restart."
  }
}

/// Where tokens of Entra ID are issued.
enum AzureAuthority {
  static func address(_ variables: [String: String]) throws(ObjectStorageError) -> ServiceAddress {
    guard let text = variables["AZURE_AUTHORITY_HOST"], !text.isEmpty else {
      return ServiceAddress(isSecure: true, host: "login.microsoftonline.com")
    }
    let address = try ServiceAddress(text.contains("://") ? text : "https://\(text)")
    guard address.isSecure || address.isLoopback else {
      throw .invalidAddress(
        text, reason: "AZURE_AUTHORITY_HOST must begin with https://, a token must not be sent without TLS")
    }
    return address
  }
}
