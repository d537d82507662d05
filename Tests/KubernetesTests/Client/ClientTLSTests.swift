import Certificates
import NIOSSL
import Testing

@testable import Kubernetes

@Suite("The client over TLS", .timeLimit(.minutes(1)))
struct ClientTLSTests {
  let authority: CertificateAuthority
  let stranger: CertificateAuthority

  init() throws {
    authority = try CertificateAuthority(create: "test", validity: .seconds(3600))
    stranger = try CertificateAuthority(create: "stranger", validity: .seconds(3600))
  }

  /// Starts a server that wants a client certificate of `authority`, and asks it for a ConfigMap.
  func ask(
    address: String = "127.0.0.1", trusting trusted: CertificateAuthority? = nil,
    as client: CertificateAuthority? = nil
  ) async throws -> (name: String, requests: Int) {
    let identity = try authority.issue(
      LeafRequest(commonName: "apiserver", ipAddresses: [address], usage: .server, validity: .seconds(600)))
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
        .certificate($0)
      },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)))
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM.utf8)))
    tls.certificateVerification = .noHostnameVerification
    let server = try await TestServer.start(tls: tls) { _ in .object(json(configMap("a", 1))) }
    let own = try (client ?? authority).issue(LeafRequest(commonName: "me", usage: .client, validity: .seconds(600)))
    let kubernetes = try KubernetesClient(
      ClientConfiguration(
        server: server.url, authorityPEM: (trusted ?? authority).certificatePEM, credential: .certificate(own)),
      deadline: .seconds(5))
    let result: Result<String, any Error>
    do {
      result = .success(try await kubernetes.get(ConfigMap.self, "a", in: "demo").name)
    } catch {
      result = .failure(error)
    }
    await kubernetes.shutdown()
    try await server.stop()
    return (try result.get(), server.requests.count)
  }

  @Test("trusts the authority it was given and shows its certificate")
  func mutual() async throws {
    let answer = try await ask()
    #expect(answer.name == "a")
    #expect(answer.requests == 1)
  }

  @Test("sends nothing to a server of another authority, and asks about the authority")
  func wrongAuthority() async throws {
    let error = await #expect(throws: TransportError.self) { try await ask(trusting: stranger) }
    #expect(error?.kind == .unreachable)
    #expect(error?.description.contains("certificate authority") == true, "\(error?.description ?? "")")
  }

  @Test("sends nothing to a server whose certificate is for another address")
  func wrongAddress() async throws {
    let error = await #expect(throws: TransportError.self) { try await ask(address: "127.0.0.2") }
    #expect(error?.kind == .unreachable, "\(error?.description ?? "")")
  }

  @Test("fails when the server does not accept its certificate")
  func wrongClient() async throws {
    await #expect(throws: TransportError.self) { try await ask(as: stranger) }
  }

  @Test("is not made of certificates that are none")
  func badPEM() {
    let error = #expect(throws: ConfigurationError.self) {
      try KubernetesClient(ClientConfiguration(server: "https://127.0.0.1:1", authorityPEM: "nonsense"))
    }
    #expect(error?.description.contains("PEM") == true)
    #expect(throws: ConfigurationError.self) { try KubernetesClient(ClientConfiguration(server: "127.0.0.1:1")) }
  }
}
