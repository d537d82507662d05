/// The service account of the machine, or of the pod where GKE's workload identity is on ("About VM metadata", Google Cloud).
struct GoogleMetadata: GoogleTokenSource {
  private let address: ServiceAddress
  private let client: ServiceClient

  init(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    // The variable is Google's own way to point elsewhere.
    let host = variables["GCE_METADATA_HOST"].flatMap { $0.isEmpty ? nil : $0 } ?? "metadata.google.internal"
    address = try ServiceAddress("http://\(host)")
    self.client = client
  }

  var identity: String { "The pod's Google service account" }
  var project: String? { nil }

  func issue() async throws -> Issued<String> {
    do {
      return try await client.accessToken(
        ServiceRequest(
          .GET, address, path: "/computeMetadata/v1/instance/service-accounts/default/token",
          headers: ["Metadata-Flavor": "Google"]),
        from: TokenExchange(
          service: "Google's metadata server",
          remedy: "Give the node pool a service account, or bind the pod's to one with iam.gke.io/gcp-service-account.")
      )
    } catch ObjectStorageError.unavailable(_, let text) {
      throw ObjectStorageError.credentials(
        "No Google identity was found: the metadata server \(address.authority) does not answer (\(text)). Outside of Google "
          + "Cloud give applicationCredentials instead of gkeEnvironment.")
    }
  }
}
