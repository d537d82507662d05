import Crypto
import Foundation
import SwiftASN1
import X509

/// What a certificate says: the first of a PEM text.
public struct CertificateDetails: Sendable {
  /// The last common name of the subject; empty where it has none.
  public let commonName: String
  /// The organizations of the subject, in its order.
  public let organizations: [String]
  public let dnsNames: [String]
  /// IPv4 and IPv6, as text.
  public let ipAddresses: [String]
  public let notBefore: Date
  public let notAfter: Date
  public let isAuthority: Bool
  /// SHA-256 of the public key (its DER `SubjectPublicKeyInfo`), 64 lowercase hexadecimal digits: what pins a key across renewals.
  public let publicKeySHA256: String
  /// The serial number as lowercase hexadecimal digits without separators.
  public let serialNumber: String

  private let certificate: Certificate

  /// - Throws: ``CertificateError/invalidCertificate(reason:)``.
  public init(pem: String) throws(CertificateError) {
    try self.init(Certificate.parseAll(pem: pem)[0])
  }

  /// - Parameter der: the bytes of one certificate, as TLS carries it.
  public init(der: [UInt8]) throws(CertificateError) {
    let certificate: Certificate
    do { certificate = try Certificate(derEncoded: der) } catch { throw .invalidCertificate(reason: "\(error)") }
    try self.init(certificate)
  }

  private init(_ certificate: Certificate) throws(CertificateError) {
    let attributes = certificate.subject.flatMap { Array($0) }
    commonName = attributes.last { $0.type == .NameAttributes.commonName }.flatMap { String($0.value) } ?? ""
    organizations = attributes.filter { $0.type == .NameAttributes.organizationName }.compactMap { String($0.value) }
    var dnsNames: [String] = []
    var addresses: [String] = []
    let serializedKey: [UInt8]
    do {
      for name in try certificate.extensions.subjectAlternativeNames ?? SubjectAlternativeNames([]) {
        switch name {
        case .dnsName(let name): dnsNames.append(name)
        case .ipAddress(let octets): if let text = IPAddressBytes.text(octets.bytes) { addresses.append(text) }
        default: break
        }
      }
      var serializer = DER.Serializer()
      try serializer.serialize(certificate.publicKey)
      serializedKey = serializer.serializedBytes
    } catch {
      throw .invalidCertificate(reason: "\(error)")
    }
    self.dnsNames = dnsNames
    self.ipAddresses = addresses
    notBefore = certificate.notValidBefore
    notAfter = certificate.notValidAfter
    isAuthority = certificate.isAuthority
    publicKeySHA256 = SHA256.hash(data: serializedKey).hexadecimal
    serialNumber = certificate.serialNumber.bytes.hexadecimal
    self.certificate = certificate
  }

  /// Whether one of the authorities in the text signed this certificate. Says nothing about dates and purposes.
  public func isSigned(by authorityPEM: String) -> Bool {
    guard let authorities = try? Certificate.parseAll(pem: authorityPEM) else { return false }
    return authorities.contains {
      $0.isAuthority && $0.subject == certificate.issuer
        && $0.publicKey.isValidSignature(certificate.signature, for: certificate)
    }
  }

  /// Whether the key is this certificate's own.
  public func belongs(to privateKeyPEM: String) -> Bool {
    (try? PrivateKeyPEM.parse(privateKeyPEM))?.publicKey == certificate.publicKey
  }
}

extension Sequence<UInt8> {
  fileprivate var hexadecimal: String {
    map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }.joined()
  }
}
