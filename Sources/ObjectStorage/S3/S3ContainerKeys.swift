import Foundation

/// Keys from an agent on the node: EKS Pod Identity and ECS ("Container credential provider", AWS SDKs and Tools Reference
/// Guide).
struct S3ContainerKeys: S3KeySource {
  private let address: ServiceAddress
  private let query: [(name: String, value: String)]
  private let token: String?
  private let tokenFile: String?
  private let client: ServiceClient

  init(_ variables: [String: String], client: ServiceClient) throws(ObjectStorageError) {
    let full = variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    let text = full ?? "http://169.254.170.2\(variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] ?? "")"
    let parts = text.split(separator: "?", maxSplits: 1).map(String.init)
    address = try ServiceAddress(parts.first ?? text)
    query = URLComponents(string: text)?.queryItems?.map { ($0.name, $0.value ?? "") } ?? []
    // The agents of ECS and EKS; whoever else asks for the token without TLS does not get it.
    let agents = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
    guard address.isSecure || address.isLoopback || agents.contains(address.host) else {
      throw .invalidAddress(
        address.text, reason: "AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with https:// or be an agent of this node")
    }
    token = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    tokenFile = variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]
    self.client = client
  }

  var identity: String { "The pod's role" }

  func issue() async throws -> Issued<S3Keys> {
    var request = ServiceRequest(.GET, address, query: query)
    if let tokenFile {
      guard let token = (try? String(contentsOfFile: tokenFile, encoding: .utf8))?.trimmed, !token.isEmpty else {
        throw ObjectStorageError.credentials(
          "The token \(tokenFile), which AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names, cannot be read.")
      }
      request.headers.add(name: "Authorization", value: token)
    } else if let token {
      request.headers.add(name: "Authorization", value: token)
    }
    let exchange = TokenExchange(
      service: "The node's credential agent (\(address.authority))",
      remedy: "Associate a role with the pod's service account (EKS Pod Identity) or with the task (ECS).")
    return try await client.keys(request, from: exchange)
  }
}

extension ServiceClient {
  /// Asks for keys in JSON.
  func keys(_ request: ServiceRequest, from exchange: TokenExchange) async throws -> Issued<S3Keys> {
    let answer = try await send(request, as: exchange, policy: TokenExchange.policy)
    guard let keys = try? JSONDecoder().decode(S3IssuedKeys.self, from: Data(answer.body.readableBytesView)) else {
      throw ObjectStorageError.failed(service: exchange.service, status: answer.status, text: "the answer has no keys")
    }
    return keys.issued
  }
}
