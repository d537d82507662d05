/// Where and as what the API server serves.
public struct APIServerSettings: Sendable {
  /// The IP address to listen on.
  public var address: String
  /// 0 takes any free port.
  public var port: Int
  /// The addresses of services, in CIDR notation.
  public var serviceRange: String
  public var clusterDomain: String
  /// The folder of keys and certificates, made where it is missing.
  public var pkiDirectory: String
  /// The `iss` of service account tokens; nil makes it the server's own URL.
  public var issuer: String?
  /// What pods get that ask for an identity of Azure; nil where there is no such thing.
  public var workloadIdentity: WorkloadIdentity?

  public init(
    address: String, port: Int, serviceRange: String, clusterDomain: String = "cluster.local", pkiDirectory: String,
    issuer: String? = nil, workloadIdentity: WorkloadIdentity? = nil
  ) {
    self.address = address
    self.port = port
    self.serviceRange = serviceRange
    self.clusterDomain = clusterDomain
    self.pkiDirectory = pkiDirectory
    self.issuer = issuer
    self.workloadIdentity = workloadIdentity
  }
}

/// Why the API server does not start.
public enum APIServerError: Error, Sendable, CustomStringConvertible {
  case invalidServiceRange(String)
  case invalidBootstrapObject(String)

  public var description: String {
    switch self {
    case .invalidServiceRange(let text):
      "the service range \"\(text)\" is not valid: write an IPv4 network such as 127.64.128.0/17"
    case .invalidBootstrapObject(let text): "a bootstrap object could not be made: \(text)"
    }
  }
}
