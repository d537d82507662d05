import Certificates
import Foundation
import Logging
import NIOCore
import ServiceLifecycle

@testable import Web

/// Authorities, identities and their files for one test.
struct TestPKI: Sendable {
  let authority: CertificateAuthority
  let server: PEMIdentity
  let client: PEMIdentity
  private let temporary: TemporaryFolder
  var folder: String { temporary.path }

  init() throws {
    authority = try CertificateAuthority(create: "test CA", validity: .seconds(86_400))
    server = try authority.issue(
      LeafRequest(
        commonName: "server", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], usage: .server,
        validity: .seconds(3600)))
    client = try authority.issue(
      LeafRequest(
        commonName: "kubernetes-admin", organizations: ["system:masters", "second"], usage: .client,
        validity: .seconds(3600)))
    temporary = try TemporaryFolder("matriarch-web")
    try write("ca.crt", authority.certificatePEM)
    try write("client", client)
  }

  func write(_ name: String, _ text: String) throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  func write(_ name: String, _ identity: PEMIdentity) throws {
    try write(name + ".crt", identity.certificatePEM)
    try write(name + ".key", identity.privateKeyPEM)
  }

  func tls(_ rule: ServerTLS.ClientCertificateRule = .none) throws -> ServerTLS {
    try ServerTLS(
      identity: ReloadableIdentity(server), clientAuthorities: ReloadableAuthorities([authority.certificatePEM]),
      clientCertificate: rule)
  }

  func curl(_ arguments: String, port: Int, path: String = "/") async -> Shell.Output {
    await Shell.run("curl -sS -m 20 --cacert \(folder)/ca.crt \(arguments) 'https://127.0.0.1:\(port)\(path)'")
  }
}

/// Runs a server around the body.
func withServer<Result: Sendable>(
  tls: ServerTLS? = nil, limits: ServerLimits = ServerLimits(), address: ListenAddress = .ip("127.0.0.1", port: 0),
  handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse,
  _ body: @Sendable (HTTPServer) async throws -> Result
) async throws -> Result {
  let server = HTTPServer(
    address: address, tls: tls, limits: limits,
    logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    handler: handler)
  try await server.listen()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run() }
    let result = try await body(server)
    group.cancelAll()
    return result
  }
}

/// Fails a test that would otherwise hang.
struct TookTooLong: Error {}

func within<Result: Sendable>(
  _ deadline: Duration = .seconds(15), _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: deadline)
      throw TookTooLong()
    }
    defer { group.cancelAll() }
    return try await group.next()!
  }
}
