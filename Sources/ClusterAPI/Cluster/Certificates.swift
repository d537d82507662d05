import Kubernetes

/// Secrets with certificates of the user's own.
public struct CertificatesConfiguration: Declared {
  @Field(
    "Secret with the authority of the servers' certificate: `ca.crt`, and `ca.key` unless serverTLSSecret is given.")
  public var serverCASecret: String?
  @Field("Secret of type kubernetes.io/tls with the servers' certificate.") public var serverTLSSecret: String?
  @Field(
    "Secret with the authority of clients' certificates: `ca.crt`, and `ca.key` unless replicationTLSSecret is given.")
  public var clientCASecret: String?
  @Field("Secret of type kubernetes.io/tls with the certificate of `streaming_replica`.")
  public var replicationTLSSecret: String?
  @Field("More host names for the servers' certificate that the operator makes.") public var serverAltDNSNames:
    [String]?

  public init() {}
}

/// The certificates in use.
public struct CertificatesStatus: Declared {
  @Field("Secret with the authority of the servers' certificate.") public var serverCASecret: String?
  @Field("Secret with the servers' certificate.") public var serverTLSSecret: String?
  @Field("Secret with the authority of clients' certificates.") public var clientCASecret: String?
  @Field("Secret with the certificate of `streaming_replica`.") public var replicationTLSSecret: String?
  @Field("Host names of the servers' certificate.") public var serverAltDNSNames: [String]?
  @Field("When each Secret's certificate ends, as Go prints a time.") public var expirations: [String: String]?

  public init() {}
}
