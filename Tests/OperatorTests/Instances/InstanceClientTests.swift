import AsyncHTTPClient
import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import Synchronization
import Testing
import Web

@testable import Operator

/// An instance manager at an address of its own: what it is asked, and what it answers.
@Suite("The operator asks an instance")
struct InstanceClientTests {
  private final class Questions: Sendable {
    let all = Mutex<[String]>([])
  }

  private func withInstance(
    at address: String, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse,
    _ body: (InstanceClient, Pod, _ authority: String) async throws -> Void
  ) async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let authority = try CertificateAuthority(
      create: "demo", organizationalUnit: nil, validity: .seconds(3600), now: .now)
    let leaf = try authority.issue(
      LeafRequest(
        commonName: "demo-rw", organizations: [], dnsNames: ["demo-rw"], ipAddresses: [], usage: .server,
        validity: .seconds(3600), privateKeyPEM: nil), now: .now)
    let server = HTTPServer(
      address: address, port: InstancePorts.status,
      tls: try ServerTLS(identity: ReloadableIdentity(leaf), minimumVersion: .tlsv13), logger: logger
    ) { answer($0) }
    let http = HTTPClient(eventLoopGroupProvider: .singleton)
    try await server.listen()
    await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let pod = Pod.named("demo-2", in: "demo") { $0.status = .with { $0.podIP = address } }
      do {
        // On a busy machine a handshake takes its time.
        let client = try InstanceClient(http: http, deadline: .seconds(60), logger: logger)
        try await body(client, pod, authority.certificatePEM)
      } catch {
        Issue.record(error)
      }
      group.cancelAll()
      while let result = await group.nextResult() { _ = result }
    }
    try await http.shutdown()
  }

  @Test("to carry out a Backup; what it answers decides whether it is asked again")
  func backup() async throws {
    let questions = Questions()
    let answer: @Sendable (HTTPRequest) -> HTTPResponse = { request in
      let count = questions.all.withLock { all in
        all.append("\(request.method) \(request.path) \(request.query.map { "\($0.name)=\($0.value)" })")
        return all.count
      }
      switch count {
      case 1: return .text("postgres is not up yet\n", status: 503)
      case 2: return .text("", status: 409)
      default: return .text(#"{"sessionID": "s"}"#, status: 202)
      }
    }
    try await withInstance(at: "127.77.4.1", answer: answer) { client, pod, authority in
      #expect(
        await client.requestBackup("b", of: pod, authorityPEM: authority) == .refused("postgres is not up yet"))
      #expect(
        await client.requestBackup("b", of: pod, authorityPEM: authority) == .busy("it answers 409 Conflict"))
      #expect(await client.requestBackup("b", of: pod, authorityPEM: authority) == .accepted)
    }
    #expect(questions.all.withLock { $0 } == Array(repeating: #"POST /pg/backup ["name=b"]"#, count: 3))
  }

  @Test("who it is; nobody else's certificate will do")
  func session() async throws {
    let answer: @Sendable (HTTPRequest) -> HTTPResponse = { _ in .text(#"{"sessionID":"s","isPrimary":false}"#) }
    try await withInstance(at: "127.77.4.2", answer: answer) { client, pod, authority in
      #expect(await client.report(of: pod, authorityPEM: authority)?.sessionID == "s")
      let stranger = try CertificateAuthority(
        create: "demo", organizationalUnit: nil, validity: .seconds(3600), now: .now)
      #expect(await client.report(of: pod, authorityPEM: stranger.certificatePEM) == nil)
      guard case .refused = await client.requestBackup("b", of: pod, authorityPEM: stranger.certificatePEM) else {
        Issue.record("a stranger was asked")
        return
      }
    }
  }
}
