import NIOCore
import NIOHTTP1

/// One request and its response.
struct Exchange {
  let head: HTTPRequestHead
  let input: ConnectionInput
  let outbound: NIOAsyncChannelOutboundWriter<OutboundPart>
  let server: ServerContext
  let remoteAddress: String
  let client: ClientCertificate?

  /// - Returns: whether the connection can take another request.
  func run() async throws -> Bool {
    let request: HTTPRequest
    do throws(RequestViolation) { request = try makeRequest() } catch {
      try await refuse(error)
      return false
    }
    let response = await server.handler(request)
    await input.answered()
    switch response.body {
    case .bytes, .stream:
      return try await send(response)
    case .webSocket(let subprotocol, let body):
      let handshake: WebSocketHandshake
      do throws(RequestViolation) { handshake = try WebSocketHandshake(head, subprotocol: subprotocol) } catch {
        try await refuse(error)
        return false
      }
      try await upgrade(handshake.response(headers: response.headers), body)
    case .tunnel(let body):
      try await upgrade(response.headers, body)
    }
    return false
  }

  private func makeRequest() throws(RequestViolation) -> HTTPRequest {
    guard head.version == .http1_1 || head.version == .http1_0 else { throw .unsupportedVersion }
    guard head.version == .http1_0 || head.headers["host"].count == 1 else {
      throw .malformed("exactly one Host header is needed")
    }
    let target = try RequestTarget(parsing: head.uri)
    if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > server.limits.bodyBytes {
      throw .bodyTooLarge(limit: server.limits.bodyBytes)
    }
    return HTTPRequest(
      method: head.method.rawValue, path: target.path, segments: target.segments,
      query: target.query.map { ($0.name, $0.value) }, headers: head.headers, remoteAddress: remoteAddress,
      clientCertificate: client, body: RequestBody(input: input, limit: server.limits.bodyBytes))
  }

  /// Answers with an error of the server's own and ends the connection.
  func refuse(_ violation: RequestViolation) async throws {
    await input.answered()
    _ = try await send(server.renderError(violation.status, violation.message), thenClose: true)
  }

  private func send(_ response: HTTPResponse, thenClose: Bool = false) async throws -> Bool {
    var close = thenClose || !head.isKeepAlive || head.version != .http1_1 || server.registry.isDraining
    // After a request that offered another protocol the decoder has stopped reading; and a body that was not read and
    // is not near its end is not worth waiting for.
    close = close || head.headers.contains(name: "upgrade")
    let isHead = head.method == .HEAD
    let responseHead = response.head(for: head, close: close)
    close = close || responseHead.headers.contains(name: "connection")
    try await outbound.write(.head(responseHead))
    switch response.body {
    case .stream(let produce):
      // Throwing cuts the connection before the final chunk: what came is not the whole.
      try await produce(ResponseWriter(outbound: outbound, sends: !isHead && responseHead.status.mayHaveResponseBody))
    case .bytes(let bytes) where !isHead && !bytes.isEmpty && responseHead.status.mayHaveResponseBody:
      try await outbound.write(.body(ByteBuffer(bytes: bytes)))
    default: break
    }
    try await outbound.write(.end)
    // A client that is still sending would lose the answer if the connection were closed under it.
    let drained = try await input.drainBody(limit: server.limits.bodyBytes)
    guard close || !drained else { return true }
    try await outbound.write(.finish)
    try await input.waitForEnd()
    return false
  }

  private func upgrade(
    _ head: HTTPResponseHead, _ body: @Sendable (WebSocketConnection) async throws -> Void
  ) async throws {
    guard try await input.drainBody(limit: server.limits.bodyBytes) else { return }
    try await outbound.write(.upgrade(head, to: .webSocket(messageLimit: server.limits.webSocketMessageBytes)))
    let connection = WebSocketConnection(input: input, outbound: outbound)
    do {
      try await body(connection)
      try await connection.finish(code: 1000)
    } catch {
      try await connection.finish(code: 1011)
    }
  }

  private func upgrade(
    _ headers: HTTPHeaders, _ body: @Sendable (RawConnection) async throws -> Void
  ) async throws {
    guard try await input.drainBody(limit: server.limits.bodyBytes) else { return }
    var response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
    response.headers.replaceOrAdd(name: "connection", value: "Upgrade")
    if !response.headers.contains(name: "upgrade"), let asked = head.headers.first(name: "upgrade") {
      response.headers.add(name: "upgrade", value: asked)
    }
    try await outbound.write(.upgrade(response, to: .tunnel))
    try await body(RawConnection(input: input, outbound: outbound))
    try await outbound.write(.finish)
    try await input.waitForEnd()
  }
}
