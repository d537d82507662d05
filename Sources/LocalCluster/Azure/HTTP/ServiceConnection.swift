import Logging
import NIOCore
import NIOHTTP1

/// Serves one connection: request after request, until either side ends it or it becomes a tunnel.
struct ServiceConnection {
  let channel: any Channel
  let router: ServiceRouter
  let proxy: ConnectProxy
  let logger: Logger

  /// A client that goes on sending what was refused is cut off after so many bytes.
  private static let drainLimit = 256 << 20

  func run() async {
    do {
      try await wrapped().executeThenClose { inbound, outbound in
        try await serve(BodyReader(inbound.makeAsyncIterator(), outbound), outbound)
      }
    } catch {
      logger.trace("connection ended", metadata: ["error": "\(error)"])
    }
  }

  /// From here on the connection is read. At most two pieces wait for the one that is being written to disk.
  private func wrapped() async throws -> NIOAsyncChannel<ServicePart, HTTPServerResponsePart> {
    try await channel.eventLoop.submit {
      guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
      let wrapped = try NIOAsyncChannel<ServicePart, HTTPServerResponsePart>(
        wrappingChannelSynchronously: channel,
        configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
      channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
      return wrapped
    }.get()
  }

  private func serve(
    _ input: BodyReader, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    var input = input
    while let part = try await input.nextPart() {
      switch part {
      case .head(let head, let isSecure):
        input.begin(head)
        let response = await answer(head, isSecure: isSecure, &input)
        guard try await send(response, to: head, &input, outbound) else { return }
      case .connect(let head):
        switch await proxy.connect(head.uri, channel: channel) {
        case .served: continue
        case .tunnelled:
          // The bytes pass this task by; it stays until the connection is over.
          while try await input.nextPart() != nil {}
          return
        case .refused(let status, let text):
          try await outbound.write(
            contentsOf: Self.parts(
              ServiceResponse(
                status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array("\(text)\n".utf8))),
              bytes: Array("\(text)\n".utf8), close: true))
          return
        }
      case .body, .end: return
      }
    }
  }

  private func answer(_ head: HTTPRequestHead, isSecure: Bool, _ input: inout BodyReader) async -> ServiceResponse {
    let request: ServiceRequest
    do throws(StorageError) {
      request = try ServiceRequest(
        method: head.method.rawValue, target: head.uri, headers: head.headers, isSecure: isSecure,
        remoteAddress: channel.remoteAddress?.ipAddress ?? "")
    } catch {
      return error.response(requestID: "", isHead: head.method == .HEAD)
    }
    return await router.respond(to: request, &input)
  }

  /// - Returns: whether the connection can take another request.
  private func send(
    _ response: ServiceResponse, to head: HTTPRequestHead, _ input: inout BodyReader,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws -> Bool {
    let drained = try await input.drain(limit: Self.drainLimit)
    let close = !drained || !head.isKeepAlive
    switch response.body {
    case .bytes(let bytes):
      try await outbound.write(contentsOf: Self.parts(response, bytes: head.method == .HEAD ? [] : bytes, close: close))
    case .absent:
      try await outbound.write(contentsOf: Self.parts(response, bytes: [], close: close))
    case .stream(_, let produce):
      try await outbound.write(.head(Self.head(response, close: close)))
      try await produce(ServiceWriter(outbound: outbound))
      try await outbound.write(.end(nil))
    }
    return !close
  }

  private static func parts(_ response: ServiceResponse, bytes: [UInt8], close: Bool) -> [HTTPServerResponsePart] {
    [.head(head(response, close: close))] + (bytes.isEmpty ? [] : [.body(.byteBuffer(ByteBuffer(bytes: bytes)))])
      + [.end(nil)]
  }

  private static func head(_ response: ServiceResponse, close: Bool) -> HTTPResponseHead {
    var head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: response.headers)
    if head.status.mayHaveResponseBody {
      head.headers.replaceOrAdd(name: "Content-Length", value: "\(response.length)")
    }
    if close { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    return head
  }
}
