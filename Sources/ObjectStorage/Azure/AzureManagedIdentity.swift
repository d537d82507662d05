import NIOHTTP1

/// The identity that the platform gave the machine ("How to use managed identities on a VM to acquire an access token",
/// Microsoft Learn): asked of the instance metadata service, or of `IDENTITY_ENDPOINT` where the platform sets it.
struct AzureManagedIdentity: AzureTokenSource {
  /// Of several identities of a machine.
  private let clientID: String?
  private let request: ServiceRequest
  private let isEndpoint: Bool
  private let client: ServiceClient

  init(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    self.client = client
    clientID = variables["AZURE_CLIENT_ID"].flatMap { $0.isEmpty ? nil : $0 }
    var query = [(name: "resource", value: AzureStorageScope.resource)]
    if let clientID { query.append(("client_id", clientID)) }
    if let endpoint = variables["IDENTITY_ENDPOINT"], !endpoint.isEmpty {
      guard let header = variables["IDENTITY_HEADER"], !header.isEmpty else {
        throw .credentials(
          "IDENTITY_ENDPOINT is set but IDENTITY_HEADER is not: the managed identity cannot be asked for.")
      }
      isEndpoint = true
      request = ServiceRequest(
        .GET, try ServiceAddress(endpoint), query: [("api-version", "2019-08-01")] + query,
        headers: ["X-IDENTITY-HEADER": header])
    } else {
      isEndpoint = false
      // The variable is the Azure SDKs' own way to point elsewhere.
      let host = variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"].flatMap { $0.isEmpty ? nil : $0 }
      request = ServiceRequest(
        .GET, try ServiceAddress(host ?? "http://169.254.169.254"), path: "/metadata/identity/oauth2/token",
        query: [("api-version", "2018-02-01")] + query, headers: ["Metadata": "true"])
    }
  }

  var identity: String {
    clientID.map { "The managed identity with client id \($0)" } ?? "The machine's managed identity"
  }

  func issue() async throws -> Issued<String> {
    do {
      return try await client.accessToken(
        request,
        from: TokenExchange(
          service: "The managed identity service",
          remedy: "Assign \(clientID.map { "the identity \($0)" } ?? "an identity") to the machine or the node pool."))
    } catch ObjectStorageError.unavailable(_, let text) where !isEndpoint {
      throw ObjectStorageError.credentials(
        "No Azure identity was found: AZURE_FEDERATED_TOKEN_FILE is not set, so the pod has no workload identity (label it "
          + "azure.workload.identity/use: \"true\"), and the machine's managed identity service at "
          + "\(request.address.authority) does not answer (\(text)).")
    }
  }
}
