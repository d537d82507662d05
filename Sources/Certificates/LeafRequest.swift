/// What a certificate is to say about its owner.
public struct LeafRequest: Sendable, Equatable {
  /// What the owner may do with it: accept connections, open them, or both.
  public enum Usage: Sendable, Equatable {
    case server, client, both

    var server: Bool { self != .client }
    var client: Bool { self != .server }
  }

  /// For PostgreSQL the role that logs in (`streaming_replica`), for Kubernetes the user name.
  public var commonName: String
  /// For Kubernetes the groups of the user.
  public var organizations: [String]
  public var dnsNames: [String]
  /// IPv4 or IPv6, as text.
  public var ipAddresses: [String]
  public var usage: Usage
  /// From now on; the certificate is valid five minutes earlier as well, for clocks that are behind.
  public var validity: Duration
  /// The key to certify, so that a renewal keeps it; a new one is made where it is nil.
  public var privateKeyPEM: String?

  public init(
    commonName: String, organizations: [String] = [], dnsNames: [String] = [], ipAddresses: [String] = [],
    usage: Usage, validity: Duration, privateKeyPEM: String? = nil
  ) {
    self.commonName = commonName
    self.organizations = organizations
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.usage = usage
    self.validity = validity
    self.privateKeyPEM = privateKeyPEM
  }
}
