import Certificates
import Logging
import Synchronization
import Testing

@testable import Web

@Suite("Streams of messages")
struct MessageStreamTests {
  private let authority: CertificateAuthority
  private let server: PEMIdentity

  init() throws {
    authority = try CertificateAuthority(create: "test CA", validity: .seconds(86_400))
    server = try authority.issue(LeafRequest(commonName: "any", usage: .server, validity: .seconds(600)))
  }

  private final class Inbox: Sendable {
    let messages = Mutex<[[UInt8]]>([])
    var count: Int { messages.withLock { $0.count } }
  }

  private func client(_ name: String, from authority: CertificateAuthority) throws -> PEMIdentity {
    try authority.issue(LeafRequest(commonName: name, usage: .client, validity: .seconds(600)))
  }

  /// Runs a server that listens to `peer`, and a client with this certificate.
  private func connect(
    as identity: PEMIdentity, port: Int, _ body: (MessageConnection, Inbox) async throws -> Void
  ) async throws {
    let inbox = Inbox()
    let tls = try ServerTLS(
      identity: ReloadableIdentity(server), clientAuthorities: ReloadableAuthorities([authority.certificatePEM]),
      clientCertificate: .required, minimumVersion: .tlsv13)
    let listener = MessageServer(
      address: "127.0.0.1", port: port, tls: tls, client: "peer", logger: Logger(label: "test")
    ) { message in inbox.messages.withLock { $0.append(message) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listener.run() }
      defer { group.cancelAll() }
      for attempt in 1...100 {
        do {
          let connection = try await MessageConnection.open(
            address: "127.0.0.1", port: port, identity: identity, authorityPEM: authority.certificatePEM,
            timeout: .seconds(2))
          try await body(connection, inbox)
          connection.close()
          return
        } catch let failure as ConnectFailure where failure.isRefused && attempt < 100 {
          try await Task.sleep(for: .milliseconds(20))
        }
      }
    }
  }

  @Test("arrive whole and in their order")
  func order() async throws {
    let sent = (0..<50).map { [UInt8](repeating: UInt8($0), count: $0 * 997) }
    try await connect(as: client("peer", from: authority), port: 18_431) { connection, inbox in
      for (index, message) in sent.enumerated() {
        connection.send(message)
        let end = ContinuousClock.now + .seconds(10)
        while inbox.count <= index, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
      }
      #expect(inbox.messages.withLock { $0 } == sent)
    }
  }

  @Test("are heard from nobody else whom the authority vouches for")
  func otherName() async throws {
    try await connect(as: client("somebody", from: authority), port: 18_432) { connection, inbox in
      connection.send([1, 2, 3])
      await connection.closed()
      #expect(inbox.count == 0)
    }
  }

  @Test("are heard from nobody of another authority")
  func otherAuthority() async throws {
    let other = try CertificateAuthority(create: "test CA", validity: .seconds(86_400))
    try await connect(as: client("peer", from: other), port: 18_433) { connection, inbox in
      connection.send([1, 2, 3])
      await connection.closed()
      #expect(inbox.count == 0)
    }
  }

  @Test("end with one that is too long")
  func tooLong() async throws {
    try await connect(as: client("peer", from: authority), port: 18_434) { connection, inbox in
      connection.send([UInt8](repeating: 0, count: MessageServer.limit + 1))
      await connection.closed()
      #expect(inbox.count == 0)
    }
  }
}
