import Foundation
import Testing

@testable import Certificates

@Suite("CertificateAuthority")
struct CertificateAuthorityTests {
  static let now = Date(timeIntervalSince1970: 1_800_000_000)
  let authority: CertificateAuthority

  init() throws {
    authority = try CertificateAuthority(
      create: "demo", organizationalUnit: "ns", validity: .seconds(90 * 86_400), now: Self.now)
  }

  @Test("names itself, may sign, and is valid from five minutes ago")
  func authorityItself() throws {
    let details = try CertificateDetails(pem: authority.certificatePEM)
    #expect(details.commonName == "demo")
    #expect(details.isAuthority)
    #expect(details.notBefore == Self.now.addingTimeInterval(-300))
    #expect(details.notAfter == Self.now.addingTimeInterval(90 * 86_400))
    #expect(details.isSigned(by: authority.certificatePEM))
    #expect(authority.privateKeyPEM.hasPrefix("-----BEGIN EC PRIVATE KEY-----\n"))
  }

  @Test("renewed it is the same authority with another certificate: each vouches for what the other signed")
  func authorityRenewal() throws {
    let later = Self.now.addingTimeInterval(85 * 86_400)
    let renewed = try authority.renewed(validity: .seconds(90 * 86_400), now: later)
    #expect(renewed.privateKeyPEM == authority.privateKeyPEM)
    #expect(renewed.certificatePEM != authority.certificatePEM)
    let details = try CertificateDetails(pem: renewed.certificatePEM)
    #expect(details.commonName == "demo")
    #expect(details.isAuthority)
    #expect(details.notAfter == later.addingTimeInterval(90 * 86_400))
    let request = LeafRequest(
      commonName: "x", organizations: [], dnsNames: [], ipAddresses: [], usage: .server, validity: .seconds(86_400))
    let old = try authority.issue(request, now: later)
    let new = try renewed.issue(request, now: later)
    #expect(try CertificateDetails(pem: old.certificatePEM).isSigned(by: renewed.certificatePEM))
    #expect(try CertificateDetails(pem: new.certificatePEM).isSigned(by: authority.certificatePEM))
  }

  @Test("a leaf says what was asked for, and its own authority alone has signed it")
  func leaf() throws {
    let identity = try authority.issue(
      LeafRequest(
        commonName: "streaming_replica", organizations: ["a", "b"], dnsNames: ["demo-rw", "demo-rw.ns.svc"],
        ipAddresses: ["127.64.0.1", "fd00::1"], usage: .both, validity: .seconds(86_400)), now: Self.now)
    let details = try CertificateDetails(pem: identity.certificatePEM)
    #expect(details.commonName == "streaming_replica")
    #expect(details.organizations == ["a", "b"])
    #expect(details.dnsNames == ["demo-rw", "demo-rw.ns.svc"])
    #expect(details.ipAddresses == ["127.64.0.1", "fd00::1"])
    #expect(details.notAfter == Self.now.addingTimeInterval(86_400))
    #expect(!details.isAuthority)
    #expect(details.isSigned(by: authority.certificatePEM))
    let other = try CertificateAuthority(
      create: "demo", organizationalUnit: "ns", validity: .seconds(86_400), now: Self.now)
    #expect(!details.isSigned(by: other.certificatePEM))
    #expect(details.isSigned(by: other.certificatePEM + authority.certificatePEM))
    #expect(details.belongs(to: identity.privateKeyPEM))
    #expect(!details.belongs(to: authority.privateKeyPEM))
  }

  @Test("a renewal keeps the key and has another serial number of 128 bits")
  func renewal() throws {
    var request = LeafRequest(commonName: "x", usage: .server, validity: .seconds(60))
    let first = try authority.issue(request)
    request.privateKeyPEM = first.privateKeyPEM
    let second = try authority.issue(request)
    let (a, b) = try (CertificateDetails(pem: first.certificatePEM), CertificateDetails(pem: second.certificatePEM))
    #expect(first.privateKeyPEM == second.privateKeyPEM)
    #expect(a.publicKeySHA256 == b.publicKeySHA256)
    #expect(a.serialNumber != b.serialNumber)
    #expect(a.serialNumber.count == 32)
  }

  @Test("openssl verifies a leaf for its purpose and refuses it for the other")
  func opensslVerify() throws {
    let authority = try CertificateAuthority(create: "demo", organizationalUnit: "ns", validity: .seconds(86_400))
    let server = try authority.issue(
      LeafRequest(commonName: "demo-rw", dnsNames: ["demo-rw"], usage: .server, validity: .seconds(3600)))
    let files = ["ca.crt": authority.certificatePEM, "tls.crt": server.certificatePEM]
    let verify = ["verify", "-x509_strict", "-CAfile", "ca.crt", "-purpose"]
    let good = try OpenSSL.run(verify + ["sslserver", "-verify_hostname", "demo-rw", "tls.crt"], files: files)
    #expect(good.status == 0, "\(good.text)")
    #expect(try OpenSSL.run(verify + ["sslclient", "tls.crt"], files: files).status != 0)
    #expect(
      try OpenSSL.run(verify + ["sslserver", "-verify_hostname", "other", "tls.crt"], files: files).status != 0)
  }

  @Test("openssl reads the extensions the contract names")
  func opensslText() throws {
    let server = try authority.issue(
      LeafRequest(
        commonName: "s", dnsNames: ["s", "s.ns.svc"], ipAddresses: ["127.0.0.1"], usage: .server,
        validity: .seconds(3600)))
    let text = try OpenSSL.run(
      ["x509", "-in", "tls.crt", "-noout", "-text"], files: ["tls.crt": server.certificatePEM])
    for wanted in [
      "Issuer: OU = ns, CN = demo", "Subject: CN = s", "CA:FALSE", "Digital Signature, Key Encipherment, Key Agreement",
      "TLS Web Server Authentication", "DNS:s, DNS:s.ns.svc, IP Address:127.0.0.1", "ecdsa-with-SHA256",
      "NIST CURVE: P-256",
    ] { #expect(text.text.contains(wanted), "\(wanted) is missing in \(text.text)") }
    #expect(!text.text.contains("TLS Web Client Authentication"))
    let root = try OpenSSL.run(["x509", "-in", "a", "-noout", "-text"], files: ["a": authority.certificatePEM])
    #expect(root.text.contains("Certificate Sign") && root.text.contains("CA:TRUE"))
  }

  @Test("openssl reads the private key, and it is the certificate's")
  func opensslKey() throws {
    let leaf = try authority.issue(LeafRequest(commonName: "s", usage: .client, validity: .seconds(3600)))
    let files = ["tls.key": leaf.privateKeyPEM, "tls.crt": leaf.certificatePEM]
    let fromKey = try OpenSSL.run(["ec", "-in", "tls.key", "-pubout"], files: files)
    let fromCertificate = try OpenSSL.run(["x509", "-in", "tls.crt", "-noout", "-pubkey"], files: files)
    #expect(fromCertificate.status == 0)
    #expect(fromKey.text.hasSuffix(fromCertificate.text))
  }

  @Test("an authority made by openssl signs leaves that openssl verifies", arguments: ["rsa:2048", "ec"])
  func foreignAuthority(algorithm: String) throws {
    let options =
      algorithm == "ec" ? ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : ["-newkey", algorithm]
    let made = try OpenSSL.run(
      ["req", "-x509", "-nodes", "-batch", "-subj", "/O=Users/CN=their CA", "-days", "2"] + options
        + ["-keyout", "-", "-out", "-"], files: [:])
    try #require(made.status == 0, "\(made.text)")
    let certificate = try #require(made.text.range(of: "-----BEGIN CERTIFICATE-----"))
    let key = try #require(made.text.range(of: "-----BEGIN PRIVATE KEY-----"))
    let end = try #require(made.text.range(of: "-----END PRIVATE KEY-----"))
    let authority = try CertificateAuthority(
      certificatePEM: String(made.text[certificate.lowerBound...].prefix { $0 != "\0" }),
      privateKeyPEM: String(made.text[key.lowerBound..<end.upperBound]))
    let leaf = try authority.issue(LeafRequest(commonName: "streaming_replica", usage: .client, validity: .seconds(60)))
    let verified = try OpenSSL.run(
      ["verify", "-CAfile", "ca.crt", "-purpose", "sslclient", "tls.crt"],
      files: ["ca.crt": authority.certificatePEM, "tls.crt": leaf.certificatePEM])
    #expect(verified.status == 0, "\(verified.text)")
  }
}
