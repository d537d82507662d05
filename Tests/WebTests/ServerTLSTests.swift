import Certificates
import Testing

@testable import Web

@Suite("ServerTLS")
struct ServerTLSTests {
  let pki: TestPKI

  init() throws { pki = try TestPKI() }

  private static let whoAmI: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
    guard let client = request.clientCertificate else { return .text("anonymous") }
    return .text("\(client.commonName) \(client.organizations) \(client.publicKeySHA256)")
  }

  private var withCertificate: String { "--cert \(pki.folder)/client.crt --key \(pki.folder)/client.key" }

  @Test("optional: knows a client by its certificate, and one without is anonymous", arguments: ["1.2", "1.3"])
  func optional(version: String) async throws {
    try await withServer(tls: pki.tls(.optional), handler: Self.whoAmI) { server in
      let flags = "--tlsv\(version) --tls-max \(version)"
      let known = await pki.curl("\(flags) \(withCertificate)", port: server.boundPort!)
      let pin = try CertificateDetails(pem: pki.client.certificatePEM).publicKeySHA256
      #expect(known.text == "kubernetes-admin [\"system:masters\", \"second\"] \(pin)")
      #expect(await pki.curl(flags, port: server.boundPort!).text == "anonymous")
    }
  }

  @Test("required: one without a certificate gets nowhere")
  func required() async throws {
    try await withServer(tls: pki.tls(.required), handler: Self.whoAmI) { server in
      #expect(await pki.curl("", port: server.boundPort!).status != 0)
      #expect(await pki.curl(withCertificate, port: server.boundPort!).text.hasPrefix("kubernetes-admin"))
    }
  }

  @Test("none: a certificate that was not asked for names nobody")
  func none() async throws {
    try await withServer(tls: pki.tls(.none), handler: Self.whoAmI) { server in
      #expect(await pki.curl(withCertificate, port: server.boundPort!).text == "anonymous")
    }
  }

  @Test("pinned: any certificate gets in, and is known by its key alone")
  func pinned() async throws {
    let identity = try CertificateAuthority(create: "nobody's CA", validity: .seconds(86_400)).issue(
      LeafRequest(commonName: "me", usage: .client, validity: .seconds(60)))
    let pin = try CertificateDetails(pem: identity.certificatePEM).publicKeySHA256
    try await withServer(tls: pki.tls(.pinned), handler: Self.whoAmI) { server in
      #expect(await pki.curl("", port: server.boundPort!).text == "anonymous")
      try pki.write("client", identity)
      #expect(await pki.curl(withCertificate, port: server.boundPort!).text.hasSuffix(pin))
    }
  }

  @Test("a certificate of another authority, for servers, or expired is refused")
  func strangers() async throws {
    let other = try CertificateAuthority(create: "test CA", validity: .seconds(86_400))
    let request = LeafRequest(
      commonName: "x", organizations: ["system:masters"], usage: .client, validity: .seconds(60))
    let forServers = LeafRequest(
      commonName: "x", organizations: ["system:masters"], usage: .server, validity: .seconds(60))
    try await withServer(tls: pki.tls(.optional), handler: Self.whoAmI) { server in
      for (name, identity) in [
        ("stranger", try other.issue(request)), ("server", try pki.authority.issue(forServers)),
        ("expired", try pki.authority.issue(request, now: .now.addingTimeInterval(-3600))),
      ] {
        try pki.write("client", identity)
        let answer = await pki.curl(withCertificate, port: server.boundPort!)
        #expect(!answer.text.contains("system:masters") && answer.status != 0, "\(name): \(answer.text)")
      }
    }
  }

  @Test("a new certificate is used by new connections, an unusable one changes nothing")
  func reloadIdentity() async throws {
    let identity = try ReloadableIdentity(pki.server)
    try await withServer(tls: ServerTLS(identity: identity)) { _ in
      .text("ok")
    } _: { server in
      let fresh = try pki.authority.issue(
        LeafRequest(
          commonName: "fresh", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], usage: .server,
          validity: .seconds(60)))
      try identity.replace(with: fresh)
      #expect(await pki.curl("-v", port: server.boundPort!).text.contains("subject: CN=fresh"))
      #expect(throws: ServerError.self) {
        try identity.replace(
          with: PEMIdentity(certificatePEM: fresh.certificatePEM, privateKeyPEM: pki.server.privateKeyPEM))
      }
      #expect(await pki.curl("-v", port: server.boundPort!).text.contains("subject: CN=fresh"))
      #expect(identity.identity == fresh)
    }
  }

  @Test("clients of an authority that was taken away are refused, those of the new one known")
  func reloadAuthorities() async throws {
    let authorities = try ReloadableAuthorities([pki.authority.certificatePEM])
    let tls = try ServerTLS(
      identity: ReloadableIdentity(pki.server), clientAuthorities: authorities, clientCertificate: .optional)
    try await withServer(tls: tls, handler: Self.whoAmI) { server in
      #expect(await pki.curl(withCertificate, port: server.boundPort!).text.hasPrefix("kubernetes-admin"))
      let other = try CertificateAuthority(create: "other", validity: .seconds(86_400))
      try authorities.replace(with: [other.certificatePEM])
      #expect(await pki.curl(withCertificate, port: server.boundPort!).status != 0)
      try pki.write("client", try other.issue(LeafRequest(commonName: "new", usage: .client, validity: .seconds(60))))
      #expect(await pki.curl(withCertificate, port: server.boundPort!).text.hasPrefix("new"))
    }
  }

  @Test("a resumed session still knows its client")
  func resumption() async throws {
    try await withServer(tls: pki.tls(.optional), handler: Self.whoAmI) { server in
      let request = "printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'"
      for version in ["-tls1_2", "-tls1_3"] {
        let client =
          "openssl s_client -quiet -ign_eof \(version) -connect 127.0.0.1:\(server.boundPort!) -CAfile \(pki.folder)/ca.crt "
          + "-cert \(pki.folder)/client.crt -key \(pki.folder)/client.key"
        let first = await Shell.run("\(request) | timeout 10 \(client) -sess_out \(pki.folder)/session")
        #expect(first.text.contains("kubernetes-admin"), "\(first.text)")
        let second = await Shell.run("\(request) | timeout 10 \(client) -sess_in \(pki.folder)/session")
        #expect(second.text.contains("kubernetes-admin"), "\(second.text)")
      }
    }
  }
}
