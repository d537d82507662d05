/// An application's own secret, from the environment.
struct AzureServicePrincipal: AzureTokenSource {
  private let clientID: String
  private let tenantID: String
  private let secret: String
  private let authority: ServiceAddress
  private let client: ServiceClient

  /// Nil where the variables do not speak of one.
  init?(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    guard let secret = variables["AZURE_CLIENT_SECRET"], !secret.isEmpty else { return nil }
    func required(_ name: String) throws(ObjectStorageError) -> String {
      guard let value = variables[name], !value.isEmpty else {
        throw .credentials("AZURE_CLIENT_SECRET is set but \(name) is not: a service principal needs both.")
      }
      return value
    }
    self.secret = secret
    clientID = try required("AZURE_CLIENT_ID")
    tenantID = try required("AZURE_TENANT_ID")
    authority = try AzureAuthority.address(variables)
    self.client = client
  }

  var identity: String { "The service principal with client id \(clientID)" }

  func issue() async throws -> Issued<String> {
    let request = ServiceRequest.form(
      authority, path: "/\(tenantID)/oauth2/v2.0/token",
      [
        ("client_id", clientID), ("client_secret", secret), ("grant_type", "client_credentials"),
        ("scope", AzureStorageScope.scope),
      ])
    return try await client.accessToken(
      request,
      from: TokenExchange(
        service: "Microsoft Entra ID (\(authority.authority))",
        remedy: "Check AZURE_CLIENT_SECRET, AZURE_CLIENT_ID (\(clientID)) and AZURE_TENANT_ID (\(tenantID))."))
  }
}
