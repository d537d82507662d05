import Certificates

/// Where the API server is, how to trust it, and who one is to it.
public struct ClientConfiguration: Sendable {
  public enum Credential: Sendable {
    case none
    case token(String)
    /// A file with a token that somebody renews: it is read again every minute, and when the server says 401.
    case tokenFile(String)
    case certificate(PEMIdentity)
  }

  /// `https://127.64.0.1:6443`, perhaps with a path.
  public var server: String
  /// The authority of the server's certificate; nil means those the machine trusts.
  public var authorityPEM: String?
  public var credential: Credential
  /// The namespace of the kubeconfig's context, or of the pod.
  public var defaultNamespace: String
  /// `insecure-skip-tls-verify`: whoever can get between can read and change everything.
  public var skipsServerVerification = false

  public init(
    server: String, authorityPEM: String? = nil, credential: Credential = .none, defaultNamespace: String = "default"
  ) {
    self.server = server
    self.authorityPEM = authorityPEM
    self.credential = credential
    self.defaultNamespace = defaultNamespace
  }
}

/// A configuration that cannot be used. The text names the file and what to do.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
