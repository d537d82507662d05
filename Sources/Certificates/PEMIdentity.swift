/// A certificate with its private key, both as PEM, as they stand in the `tls.crt` and `tls.key` of a Secret.
public struct PEMIdentity: Sendable, Equatable {
  /// The leaf first, then whatever intermediate certificates lead to the authority.
  public var certificatePEM: String
  /// What we issue ourselves is `EC PRIVATE KEY` (SEC1); what users give may be PKCS#8 or RSA.
  public var privateKeyPEM: String

  public init(certificatePEM: String, privateKeyPEM: String) {
    self.certificatePEM = certificatePEM
    self.privateKeyPEM = privateKeyPEM
  }

  /// Whether the two can be used together.
  ///
  /// - Throws: ``CertificateError`` where either is unreadable or they are not of the same pair.
  public func check() throws(CertificateError) {
    let details = try CertificateDetails(pem: certificatePEM)
    _ = try PrivateKeyPEM.parse(privateKeyPEM)
    guard details.belongs(to: privateKeyPEM) else { throw .keyMismatch(subject: details.commonName) }
  }
}

extension PEMIdentity: CustomStringConvertible, CustomDebugStringConvertible {
  /// Without the key, so that a log of the value gives nothing away.
  public var description: String {
    let subject = (try? CertificateDetails(pem: certificatePEM))?.commonName ?? "unreadable certificate"
    return "PEMIdentity(\(subject), private key hidden)"
  }

  public var debugDescription: String { description }
}
