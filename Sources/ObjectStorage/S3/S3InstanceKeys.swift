import NIOCore

/// Keys of the machine's role, from the instance metadata service, version 2 ("Retrieve security credentials from instance
/// metadata", Amazon EC2 User Guide).
struct S3InstanceKeys: S3KeySource {
  private let address: ServiceAddress
  private let client: ServiceClient

  init(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    address = try ServiceAddress(variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254")
    self.client = client
  }

  var identity: String { "The machine's role" }

  func issue() async throws -> Issued<S3Keys> {
    let exchange = TokenExchange(
      service: "The instance metadata service (\(address.authority))",
      remedy: "Give the machine an instance profile, and let pods reach it (a hop limit of at least 2).")
    do {
      let token = try await text(
        ServiceRequest(
          .PUT, address, path: "/latest/api/token", headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"]),
        exchange)
      let path = "/latest/meta-data/iam/security-credentials/"
      let role = try await text(
        ServiceRequest(.GET, address, path: path, headers: ["X-aws-ec2-metadata-token": token]), exchange)
      let name = role.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
      return try await client.keys(
        ServiceRequest(.GET, address, path: path + name, headers: ["X-aws-ec2-metadata-token": token]), from: exchange)
    } catch ObjectStorageError.unavailable(_, let text) {
      throw ObjectStorageError.credentials(
        "No AWS role was found: neither AWS_WEB_IDENTITY_TOKEN_FILE nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set, and the "
          + "instance metadata service at \(address.authority) does not answer (\(text)).")
    }
  }

  private func text(_ request: ServiceRequest, _ exchange: TokenExchange) async throws -> String {
    String(buffer: try await client.send(request, as: exchange, policy: TokenExchange.policy).body).trimmed
  }
}
