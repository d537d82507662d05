import Crypto
import Foundation
import SwiftASN1
import X509

/// An authority whose key we hold: it signs the certificates of servers and clients.
public struct CertificateAuthority: Sendable {
  /// The authority's own certificate; with a user's authority, the whole text given.
  public let certificatePEM: String
  public let privateKeyPEM: String

  private let certificate: Certificate
  private let key: Certificate.PrivateKey

  /// Clocks that are behind by less than this accept a certificate just made.
  static let clockSkew: TimeInterval = 5 * 60

  /// Makes a self-signed authority with a new ECDSA P-256 key.
  ///
  /// - Throws: ``CertificateError``.
  public init(
    create commonName: String, organizationalUnit: String? = nil, validity: Duration, now: Date = Date()
  ) throws(CertificateError) {
    let signingKey = P256.Signing.PrivateKey()
    let key = Certificate.PrivateKey(signingKey)
    do {
      let name = try DistinguishedName {
        if let organizationalUnit { OrganizationalUnitName(organizationalUnit) }
        CommonName(commonName)
      }
      certificate = try Self.selfSigned(name, key: key, validity: validity, now: now)
      certificatePEM = try certificate.pemText()
    } catch {
      throw .cannotIssue(commonName: commonName, reason: "\(error)")
    }
    self.privateKeyPEM = try PrivateKeyPEM.sec1(signingKey)
    self.key = key
  }

  /// The same authority with a new certificate: whoever trusts the old one, while it lasts, trusts what is signed from
  /// now on, and the other way round, as name and key stay.
  ///
  /// - Throws: ``CertificateError``.
  public func renewed(validity: Duration, now: Date = Date()) throws(CertificateError) -> CertificateAuthority {
    let text: String
    do {
      text = try Self.selfSigned(certificate.subject, key: key, validity: validity, now: now).pemText()
    } catch {
      throw .cannotIssue(commonName: "\(certificate.subject)", reason: "\(error)")
    }
    return try CertificateAuthority(certificatePEM: text, privateKeyPEM: privateKeyPEM)
  }

  private static func selfSigned(
    _ name: DistinguishedName, key: Certificate.PrivateKey, validity: Duration, now: Date
  ) throws -> Certificate {
    try Certificate(
      version: .v3, serialNumber: .random(), publicKey: key.publicKey,
      notValidBefore: now.addingTimeInterval(-clockSkew), notValidAfter: now.addingTimeInterval(validity.seconds),
      issuer: name, subject: name,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        Critical(KeyUsage(keyCertSign: true))
        SubjectKeyIdentifier(hash: key.publicKey)
      },
      issuerPrivateKey: key)
  }

  /// Takes an authority from its two files.
  ///
  /// - Throws: ``CertificateError`` where either is unreadable, they do not belong together, or the certificate may not sign.
  public init(certificatePEM: String, privateKeyPEM: String) throws(CertificateError) {
    let certificates = try Certificate.parseAll(pem: certificatePEM)
    self.certificate = certificates[0]
    self.key = try PrivateKeyPEM.parse(privateKeyPEM)
    self.certificatePEM = certificatePEM
    self.privateKeyPEM = privateKeyPEM
    guard certificate.publicKey == key.publicKey else { throw .keyMismatch(subject: "\(certificate.subject)") }
    guard certificate.isAuthority else { throw .notAnAuthority(subject: "\(certificate.subject)") }
  }

  /// Signs a leaf; every call gives a new serial number, so a renewal with the same key is another certificate.
  ///
  /// - Throws: ``CertificateError``.
  public func issue(_ request: LeafRequest, now: Date = Date()) throws(CertificateError) -> PEMIdentity {
    let keyPEM: String
    if let given = request.privateKeyPEM { keyPEM = given } else { keyPEM = try PrivateKeyPEM.generate() }
    let leafKey = try PrivateKeyPEM.parse(keyPEM)
    let names = try request.generalNames()
    do {
      let leaf = try Certificate(
        version: .v3, serialNumber: .random(), publicKey: leafKey.publicKey,
        notValidBefore: now.addingTimeInterval(-Self.clockSkew),
        notValidAfter: now.addingTimeInterval(request.validity.seconds),
        issuer: certificate.subject, subject: request.subject(), extensions: extensions(request, names, leafKey),
        issuerPrivateKey: key)
      return PEMIdentity(certificatePEM: try leaf.pemText(), privateKeyPEM: keyPEM)
    } catch {
      throw .cannotIssue(commonName: request.commonName, reason: "\(error)")
    }
  }

  private func extensions(
    _ request: LeafRequest, _ names: [GeneralName], _ leafKey: Certificate.PrivateKey
  ) throws -> Certificate.Extensions {
    var usages: [ExtendedKeyUsage.Usage] = []
    if request.usage.server { usages.append(.serverAuth) }
    if request.usage.client { usages.append(.clientAuth) }
    return try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true, keyEncipherment: request.usage.server, keyAgreement: true))
      try ExtendedKeyUsage(usages)
      SubjectKeyIdentifier(hash: leafKey.publicKey)
      // What a user's authority calls itself; openssl matches issuer and subject by it.
      AuthorityKeyIdentifier(
        keyIdentifier: (try? certificate.extensions.subjectKeyIdentifier)?.keyIdentifier
          ?? SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
      if !names.isEmpty { SubjectAlternativeNames(names) }
    }
  }
}

extension LeafRequest {
  fileprivate func subject() throws -> DistinguishedName {
    try DistinguishedName {
      for organization in organizations { OrganizationName(organization) }
      CommonName(commonName)
    }
  }

  fileprivate func generalNames() throws(CertificateError) -> [GeneralName] {
    var names: [GeneralName] = []
    for name in dnsNames {
      // dNSName is an IA5String: anything else would make a certificate that nobody can read.
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw .invalidName(name, reason: "a DNS name has ASCII letters, digits, '-' and '.' only")
      }
      names.append(.dnsName(name))
    }
    for address in ipAddresses {
      guard let bytes = IPAddressBytes.parse(address) else {
        throw .invalidName(address, reason: "it is neither an IPv4 nor an IPv6 address")
      }
      names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
    }
    return names
  }
}

extension Certificate.SerialNumber {
  /// 128 random bits; the top bit is clear and the next set, so that every one has the same length and is positive.
  fileprivate static func random() -> Self {
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    bytes[0] = bytes[0] & 0x7F | 0x40
    return Self(bytes: bytes)
  }
}

extension Duration {
  fileprivate var seconds: TimeInterval { TimeInterval(components.seconds) }
}
