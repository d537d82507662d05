import NIOCore
import NIOHTTP1

/// What a handler answers.
public struct HTTPResponse: Sendable {
  /// What follows the header.
  public enum Body: Sendable {
    case bytes([UInt8])
    /// Chunked. Every write goes out at once and waits while the client is slow; the task is cancelled as soon as the
    /// client is gone. If the closure throws, the connection is cut, so that the client sees that the body is not whole.
    case stream(@Sendable (ResponseWriter) async throws -> Void)
    /// Accepts the WebSocket the client asked for; `subprotocol` is one it offered, or empty. When the closure returns
    /// the connection closes with 1000, when it throws with 1011.
    case webSocket(subprotocol: String, @Sendable (WebSocketConnection) async throws -> Void)
    /// `101 Switching Protocols` with the headers given, then bytes both ways until the closure returns.
    case tunnel(@Sendable (RawConnection) async throws -> Void)
  }

  /// Not looked at for `webSocket` and `tunnel`, where it is 101.
  public var status: Int
  /// `Content-Length`, `Transfer-Encoding` and `Connection` are the server's business.
  public var headers: HTTPHeaders
  public var body: Body

  public init(status: Int = 200, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// `application/json`.
  public static func json(_ bytes: [UInt8], status: Int = 200) -> Self {
    Self(status: status, headers: ["content-type": "application/json"], body: .bytes(bytes))
  }

  /// `text/plain` in UTF-8.
  public static func text(_ text: String, status: Int = 200) -> Self {
    Self(status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
  }
}

extension HTTPResponse {
  /// The header as it goes out.
  ///
  /// A header field with a line end in it would let whoever chose its value write the rest of the response; such a
  /// response is replaced by a 500.
  func head(for request: HTTPRequestHead, close: Bool) -> HTTPResponseHead {
    guard headers.allSatisfy({ $0.name.isFieldName && $0.value.isFieldValue }) else {
      return HTTPResponse(status: 500).head(for: request, close: true)
    }
    var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    head.headers.remove(name: "content-length")
    head.headers.remove(name: "transfer-encoding")
    head.headers.remove(name: "connection")
    switch body {
    case .bytes(let bytes) where head.status.mayHaveResponseBody:
      head.headers.add(name: "content-length", value: String(bytes.count))
    case .stream where request.version == .http1_1 && head.status.mayHaveResponseBody:
      head.headers.add(name: "transfer-encoding", value: "chunked")
    default: break
    }
    if close { head.headers.add(name: "connection", value: "close") }
    return head
  }
}

extension String {
  /// A token of RFC 9110.
  fileprivate var isFieldName: Bool {
    !utf8.isEmpty && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"()<>@,;:\"/[]?={}"#.utf8.contains($0) }
  }

  fileprivate var isFieldValue: Bool { !utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 } }
}

/// Writes the body of a streamed response.
public struct ResponseWriter: Sendable {
  let outbound: NIOAsyncChannelOutboundWriter<OutboundPart>
  /// False for the answer to a HEAD request, which has no body.
  let sends: Bool

  /// Sends a piece at once. Returns when there is room for more.
  ///
  /// - Throws: once the client is gone.
  public func write(_ bytes: ByteBuffer) async throws {
    // An empty chunk would be the end of a chunked body.
    guard sends, bytes.readableBytes > 0 else { return try Task.checkCancellation() }
    try await outbound.write(.body(bytes))
  }

  public func write(_ bytes: some Sequence<UInt8> & Sendable) async throws { try await write(ByteBuffer(bytes: bytes)) }
  public func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }
}
