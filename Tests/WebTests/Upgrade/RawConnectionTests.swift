import NIOCore
import Testing

@testable import Web

@Suite("RawConnection")
struct RawConnectionTests {
  @Test(
    "carries bytes both ways and half-closes each way, with and without TLS", .timeLimit(.minutes(1)),
    arguments: [true, false])
  func halfClose(encrypted: Bool) async throws {
    let pki = try TestPKI()
    try await withServer(tls: encrypted ? pki.tls() : nil) { _ in
      HTTPResponse(
        headers: ["Upgrade": "tcp"],
        body: .tunnel { connection in
          // Everything first, so that the answer comes after the peer's end; then our own end before we return.
          var all = ByteBuffer()
          for try await var bytes in connection.inbound { all.writeBuffer(&bytes) }
          try await connection.write(all)
          try await connection.closeOutput()
        })
    } _: { server in
      try await RawClient.with(
        port: server.boundPort!, authority: encrypted ? pki.authority.certificatePEM : nil, halfClosure: true
      ) { client in
        try await client.send(
          "POST /portforward HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly")
        let head = try await client.read(upTo: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 ") && head.lowercased().contains("upgrade: tcp"))
        let payload = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try await client.send(payload)
        try await client.closeOutput()
        #expect(try await client.readToEnd() == Array("early".utf8) + payload)
      }
    }
  }
}
