import Foundation
import Testing

@testable import Certificates

@Suite("Bad certificates and keys")
struct CertificateErrorTests {
  let authority: CertificateAuthority
  let leaf: PEMIdentity

  init() throws {
    authority = try CertificateAuthority(create: "ca", validity: .seconds(86_400))
    leaf = try authority.issue(LeafRequest(commonName: "leaf", usage: .both, validity: .seconds(60)))
  }

  @Test(
    "a text without a certificate is refused",
    arguments: [
      "", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
      "-----BEGIN CERTIFICATE-----\n!!\n",
    ])
  func notACertificate(text: String) {
    #expect(throws: CertificateError.self) { try CertificateDetails(pem: text) }
  }

  @Test("an authority needs the key of its certificate")
  func mismatch() throws {
    #expect(throws: CertificateError.keyMismatch(subject: "CN=ca")) {
      try CertificateAuthority(certificatePEM: authority.certificatePEM, privateKeyPEM: leaf.privateKeyPEM)
    }
  }

  @Test("a leaf is no authority")
  func leafAsAuthority() throws {
    #expect(throws: CertificateError.notAnAuthority(subject: "CN=leaf")) {
      try CertificateAuthority(certificatePEM: leaf.certificatePEM, privateKeyPEM: leaf.privateKeyPEM)
    }
  }

  @Test("errors about keys never quote them")
  func keysStayHidden() throws {
    let damaged = leaf.privateKeyPEM.replacingOccurrences(of: "MHcCAQEEI", with: "MHcCAQEEJ")
    for text in [
      damaged, "secret", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----",
    ] {
      let error = #expect(throws: CertificateError.self) {
        try authority.issue(
          LeafRequest(commonName: "x", usage: .server, validity: .seconds(60), privateKeyPEM: text))
      }
      #expect(error?.description.contains("secret") == false && error?.description.contains("MHcC") == false)
    }
    #expect(!"\(leaf)".contains("PRIVATE KEY-----"))
    #expect(!String(reflecting: leaf).contains("PRIVATE KEY-----"))
  }

  @Test("names that no client could match are refused", arguments: ["", "größe.example", "a b"])
  func dnsNames(name: String) {
    #expect(throws: CertificateError.self) {
      try authority.issue(LeafRequest(commonName: "x", dnsNames: [name], usage: .server, validity: .seconds(60)))
    }
  }

  @Test("addresses that are none are refused", arguments: ["", "256.1.1.1", "1.2.3", "::g", "example.com"])
  func addresses(address: String) {
    #expect(throws: CertificateError.self) {
      try authority.issue(LeafRequest(commonName: "x", ipAddresses: [address], usage: .server, validity: .seconds(60)))
    }
  }
}
