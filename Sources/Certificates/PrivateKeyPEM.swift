import Crypto
import SwiftASN1
import X509

/// Private keys as text.
enum PrivateKeyPEM {
  /// A new ECDSA P-256 key.
  static func generate() throws(CertificateError) -> String { try sec1(P256.Signing.PrivateKey()) }

  /// The key as `EC PRIVATE KEY`, the form the clients of CloudNativePG's secrets expect; swift-crypto itself writes
  /// PKCS#8 only.
  ///
  /// RFC 5915: `ECPrivateKey ::= SEQUENCE { version 1, OCTET STRING, [0] curve, [1] public key }`.
  static func sec1(_ key: P256.Signing.PrivateKey) throws(CertificateError) -> String {
    do {
      var serializer = DER.Serializer()
      try serializer.appendConstructedNode(identifier: .sequence) { (sequence) throws in
        try sequence.serialize(1)
        try sequence.serialize(ASN1OctetString(contentBytes: Array(key.rawRepresentation)[...]))
        let prime256v1: ASN1ObjectIdentifier = [1, 2, 840, 10045, 3, 1, 7]
        try sequence.serialize(prime256v1, explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
        let publicKey = ASN1BitString(bytes: Array(key.publicKey.x963Representation)[...])
        try sequence.serialize(publicKey, explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific)
      }
      return PEMDocument(type: "EC PRIVATE KEY", derBytes: serializer.serializedBytes).pemString + "\n"
    } catch {
      throw .invalidPrivateKey(reason: "it cannot be written as SEC1")
    }
  }

  /// Reads the first private key of a PEM text; `EC PARAMETERS`, which openssl likes to write before it, is skipped.
  static func parse(_ pem: String) throws(CertificateError) -> Certificate.PrivateKey {
    let documents: [PEMDocument]
    do { documents = try PEMDocument.parseMultiple(pemString: pem) } catch {
      throw .invalidPrivateKey(reason: "the text is not PEM")
    }
    if documents.contains(where: { $0.discriminator == "ENCRYPTED PRIVATE KEY" }) {
      throw .invalidPrivateKey(reason: "the key is encrypted")
    }
    guard let document = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
      throw .invalidPrivateKey(reason: "the text has no private key in it")
    }
    // The library's error may quote what it read, so it is not passed on.
    do { return try Certificate.PrivateKey(pemDocument: document) } catch {
      throw .invalidPrivateKey(reason: "the \(document.discriminator) is damaged or of an unknown kind")
    }
  }
}

extension Certificate {
  /// All certificates of a PEM text, in its order.
  static func parseAll(pem: String) throws(CertificateError) -> [Certificate] {
    do {
      let documents = try PEMDocument.parseMultiple(pemString: pem).filter { $0.discriminator == "CERTIFICATE" }
      guard !documents.isEmpty else { throw CertificateError.invalidCertificate(reason: "there is none in the text") }
      return try documents.map { try Certificate(pemDocument: $0) }
    } catch let error as CertificateError {
      throw error
    } catch {
      throw .invalidCertificate(reason: "\(error)")
    }
  }

  /// The PEM form, with a line end after it, so that texts can be put one after the other.
  func pemText() throws -> String { try serializeAsPEM().pemString + "\n" }

  var isAuthority: Bool {
    guard case .isCertificateAuthority? = try? extensions.basicConstraints else { return false }
    return true
  }
}
