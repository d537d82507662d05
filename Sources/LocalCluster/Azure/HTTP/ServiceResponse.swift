import NIOCore
import NIOHTTP1

/// An answer of the service.
struct ServiceResponse: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    /// Exactly so many bytes; where the closure throws or writes fewer, the connection is cut.
    case stream(Int64, @Sendable (ServiceWriter) async throws -> Void)
    /// To a HEAD request, about a body that a GET would have.
    case absent(Int64)
  }

  var status: Int
  var headers: HTTPHeaders
  var body: Body

  init(_ status: Int, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  static func xml(_ text: String, status: Int = 200, headers: HTTPHeaders = [:]) -> ServiceResponse {
    var headers = headers
    headers.replaceOrAdd(name: "Content-Type", value: "application/xml")
    return ServiceResponse(status, headers: headers, body: .bytes(Array(text.utf8)))
  }

  var length: Int64 {
    switch body {
    case .bytes(let bytes): Int64(bytes.count)
    case .stream(let count, _), .absent(let count): count
    }
  }
}

/// Writes the body of a streamed answer.
struct ServiceWriter: Sendable {
  let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>

  /// Returns when there is room for more.
  func write(_ bytes: ByteBuffer) async throws { try await outbound.write(.body(.byteBuffer(bytes))) }
}
