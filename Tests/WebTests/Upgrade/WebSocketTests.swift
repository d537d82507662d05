import Testing

@testable import Web

@Suite("WebSocket")
struct WebSocketTests {
  /// A client's frame, written by hand from RFC 6455 §5.2.
  static func frame(_ opcode: UInt8, _ payload: [UInt8], fin: Bool = true) -> [UInt8] {
    var bytes: [UInt8] = [(fin ? 0x80 : 0) | opcode]
    switch payload.count {
    case ..<126: bytes.append(0x80 | UInt8(payload.count))
    case ..<65536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [0x80 | 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
    }
    let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  struct Frame: Equatable {
    var opcode: UInt8
    var payload: [UInt8]
  }

  static func read(_ client: RawClient) async throws -> Frame? {
    let head = try await client.read(count: 2)
    guard head.count == 2 else { return nil }
    var length = Int(head[1])
    switch length {
    case 126: length = try await client.read(count: 2).reduce(0) { $0 << 8 | Int($1) }
    case 127: length = try await client.read(count: 8).reduce(0) { $0 << 8 | Int($1) }
    default: break
    }
    return Frame(opcode: head[0] & 0x0F, payload: try await client.read(count: length))
  }

  static let handshake =
    "GET /exec HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    + "Sec-WebSocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\r\n\r\n"

  @Sendable static func echo(_ request: HTTPRequest) -> HTTPResponse {
    let chosen = request.webSocketSubprotocols.first ?? ""
    return HTTPResponse(
      body: .webSocket(subprotocol: chosen) { socket in
        for try await message in socket.messages {
          switch message {
          case .binary(let bytes): try await socket.send(binary: bytes)
          case .text("fail"): throw RequestBodyError.incomplete
          case .text("bye"): return
          case .text(let text): try await socket.send(text: text)
          case .close: return
          }
        }
      })
  }

  private func withEcho(
    limits: ServerLimits = ServerLimits(), _ body: @escaping @Sendable (RawClient) async throws -> Void
  ) async throws {
    let pki = try TestPKI()
    try await withServer(tls: pki.tls(), limits: limits, handler: Self.echo) { server in
      try await RawClient.with(port: server.boundPort!, authority: pki.authority.certificatePEM) { client in
        try await client.send(Self.handshake)
        let head = try await client.read(upTo: "\r\n\r\n").lowercased()
        #expect(head.hasPrefix("http/1.1 101 "))
        // The answer to the key that RFC 6455 §1.3 gives as its example.
        #expect(head.contains("sec-websocket-accept: " + "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".lowercased()))
        #expect(head.contains("sec-websocket-protocol: v5.channel.k8s.io\r\n"))
        try await body(client)
      }
    }
  }

  @Test("messages of every length come back, fragments as one", .timeLimit(.minutes(1)))
  func echoes() async throws {
    try await withEcho { client in
      for count in [0, 1, 125, 126, 65535, 65536, 300_000] {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        try await client.send(Self.frame(2, payload))
        #expect(try await Self.read(client) == Frame(opcode: 2, payload: payload))
      }
      try await client.send(Self.frame(1, Array("he".utf8), fin: false))
      try await client.send(Self.frame(9, [7]))
      try await client.send(Self.frame(0, Array("llo".utf8)))
      #expect(try await Self.read(client) == Frame(opcode: 10, payload: [7]))
      #expect(try await Self.read(client) == Frame(opcode: 1, payload: Array("hello".utf8)))
    }
  }

  @Test("frames sent right behind the request are not lost", .timeLimit(.minutes(1)))
  func eager() async throws {
    try await withServer(handler: Self.echo) { server in
      try await RawClient.with(port: server.boundPort!) { client in
        try await client.send(Array(Self.handshake.utf8) + Self.frame(2, [1, 2, 3]))
        _ = try await client.read(upTo: "\r\n\r\n")
        #expect(try await Self.read(client) == Frame(opcode: 2, payload: [1, 2, 3]))
      }
    }
  }

  @Test("a WebSocket may follow an ordinary request on the same connection", .timeLimit(.minutes(1)))
  func secondRequest() async throws {
    try await withServer { request in
      request.isUpgrade ? Self.echo(request) : .text("first")
    } _: { server in
      try await RawClient.with(port: server.boundPort!) { client in
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await client.read(upTo: "first")
        try await client.send(Self.handshake)
        let head = try await client.read(upTo: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 101 "), "\(head)")
        try await client.send(Self.frame(2, [9]))
        #expect(try await Self.read(client) == Frame(opcode: 2, payload: [9]))
      }
    }
  }

  @Test("a goodbye is answered with its code, then the connection ends", .timeLimit(.minutes(1)))
  func clientCloses() async throws {
    try await withEcho { client in
      try await client.send(Self.frame(8, [0x03, 0xE9]))
      #expect(try await Self.read(client) == Frame(opcode: 8, payload: [0x03, 0xE9]))
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test(
    "the end of the handler is 1000, its failure 1011", .timeLimit(.minutes(1)),
    arguments: [("bye", 1000), ("fail", 1011)])
  func serverCloses(text: String, code: Int) async throws {
    try await withEcho { client in
      try await client.send(Self.frame(1, Array(text.utf8)))
      let goodbye: [UInt8] = [UInt8(code >> 8), UInt8(code & 0xFF)]
      #expect(try await Self.read(client) == Frame(opcode: 8, payload: goodbye))
      try await client.send(Self.frame(8, goodbye))
      #expect(try await client.readToEnd() == [])
    }
  }

  @Test("a message too large ends with 1009", .timeLimit(.minutes(1)), arguments: [true, false])
  func tooLarge(fragmented: Bool) async throws {
    var limits = ServerLimits()
    limits.webSocketMessageBytes = 1000
    try await withEcho(limits: limits) { client in
      if fragmented {
        try await client.send(Self.frame(2, [UInt8](repeating: 0, count: 600), fin: false))
        try await client.send(Self.frame(0, [UInt8](repeating: 0, count: 600)))
      } else {
        try await client.send(Self.frame(2, [UInt8](repeating: 0, count: 200_000)))
      }
      #expect(try await Self.read(client) == Frame(opcode: 8, payload: [0x03, 0xF1]))
    }
  }

  @Test("a broken protocol ends with 1002, broken text with 1007", .timeLimit(.minutes(1)))
  func violations() async throws {
    try await withEcho { client in
      try await client.send([0x82, 0x01, 0x00])  // not masked
      #expect(try await Self.read(client) == Frame(opcode: 8, payload: [0x03, 0xEA]))
    }
    try await withEcho { client in
      try await client.send(Self.frame(1, [0xFF]))
      #expect(try await Self.read(client) == Frame(opcode: 8, payload: [0x03, 0xEF]))
    }
  }

  @Test("a request that is no handshake is told so", .timeLimit(.minutes(1)))
  func noHandshake() async throws {
    try await withServer(handler: Self.echo) { server in
      for request in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        Self.handshake.replacingOccurrences(of: "Version: 13", with: "Version: 8"),
        Self.handshake.replacingOccurrences(of: "dGhlIHNhbXBsZSBub25jZQ==", with: "short"),
      ] {
        try await RawClient.with(port: server.boundPort!) { client in
          try await client.send(request)
          #expect(try await client.read(upTo: "\r\n").hasPrefix("HTTP/1.1 426 "))
        }
      }
    }
  }
}
