/// Why a certificate or a key cannot be used. The texts never contain key material.
public enum CertificateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The text holds no PEM certificate, or one that is not X.509.
  case invalidCertificate(reason: String)
  /// The text holds no private key of a kind known here.
  case invalidPrivateKey(reason: String)
  /// The private key does not belong to the certificate beside it.
  case keyMismatch(subject: String)
  /// The certificate may not sign others: it lacks `CA:TRUE`.
  case notAnAuthority(subject: String)
  /// A name that is to stand in the certificate is not valid.
  case invalidName(String, reason: String)
  /// Making the certificate failed.
  case cannotIssue(commonName: String, reason: String)

  public var description: String {
    switch self {
    case .invalidCertificate(let reason):
      "not a PEM certificate: \(reason). Give the text between and with -----BEGIN CERTIFICATE----- and its END line."
    case .invalidPrivateKey(let reason):
      "not a PEM private key: \(reason). Give an unencrypted EC, RSA or Ed25519 key in SEC1, PKCS#1 or PKCS#8 form."
    case .keyMismatch(let subject):
      "the private key does not belong to the certificate of \(subject). Give the two parts of the same pair."
    case .notAnAuthority(let subject):
      "the certificate of \(subject) may not sign others (no CA:TRUE). Give a certificate authority's certificate."
    case .invalidName(let name, let reason):
      "the name \"\(name)\" cannot stand in a certificate: \(reason)."
    case .cannotIssue(let commonName, let reason):
      "cannot issue a certificate for \(commonName): \(reason)."
    }
  }
}
