import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A real HTTP server that answers as a test says.
final class TestServer: Sendable {
  struct Request: Sendable {
    var method: String
    var uri: String
    var headers: HTTPHeaders
    var body: ByteBuffer

    var path: String { String(uri.prefix { $0 != "?" }).removingPercentEncoding ?? "" }
    var query: [String: String] {
      guard let mark = uri.firstIndex(of: "?") else { return [:] }
      return Self.fields(String(uri[uri.index(after: mark)...]))
    }
    var form: [String: String] { Self.fields(String(buffer: body)) }
    func header(_ name: String) -> String? { headers.first(name: name) }

    private static func fields(_ text: String) -> [String: String] {
      var fields: [String: String] = [:]
      for part in text.split(separator: "&") {
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        fields[String(pair[0])] = pair.count == 2 ? String(pair[1]).removingPercentEncoding : ""
      }
      return fields
    }
  }

  enum Response: Sendable {
    case answer(Int, [(String, String)], ByteBuffer)
    /// Only so many bytes of the body come, then the connection breaks.
    case half(Int, [(String, String)], ByteBuffer, sent: Int)
    /// Only so many bytes of the body come, then nothing.
    case stuck(Int, [(String, String)], ByteBuffer, sent: Int)
    /// Nothing, ever.
    case silence
    /// The connection breaks without an answer.
    case breakConnection
    /// The same, after the request was carried out.
    case lost

    static func text(_ status: Int, _ text: String, _ headers: [(String, String)] = []) -> Self {
      .answer(status, headers, ByteBuffer(string: text))
    }
  }

  typealias Handler = @Sendable (Request) async -> Response

  let url: String
  let port: Int
  private let channel: any Channel
  private let log: Log
  private let children: Children

  /// Everything that was asked.
  var requests: [Request] { log.all }

  private init(scheme: String, channel: any Channel, log: Log, children: Children) {
    self.channel = channel
    self.log = log
    self.children = children
    port = channel.localAddress?.port ?? 0
    url = "\(scheme)://127.0.0.1:\(port)"
  }

  static func start(tls: TLSConfiguration? = nil, _ handler: @escaping Handler) async throws -> TestServer {
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let log = Log()
    let children = Children()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          children.add(channel)
          if let context {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(
            Exchange { request in
              log.add(request)
              return await handler(request)
            })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return TestServer(scheme: tls == nil ? "http" : "https", channel: channel, log: log, children: children)
  }

  func stop() async throws {
    try await channel.close()
    children.closeAll()
  }

  /// Starts a server and ends it after the body.
  static func with(
    _ handler: @escaping Handler, _ body: (TestServer) async throws -> Void
  ) async throws {
    let server = try await start(handler)
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(server))
    } catch {
      result = .failure(error)
    }
    try await server.stop()
    try result.get()
  }
}

private final class Log: Sendable {
  private let requests = Mutex<[TestServer.Request]>([])
  var all: [TestServer.Request] { requests.withLock { $0 } }
  func add(_ request: TestServer.Request) { requests.withLock { $0.append(request) } }
}

private final class Children: Sendable {
  private let channels = Mutex<[any Channel]>([])
  func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }
  func closeAll() {
    for channel in channels.withLock({
      let all = $0
      $0 = []
      return all
    }) { channel.close(promise: nil) }
  }
}

private final class Exchange: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let handler: TestServer.Handler
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()

  init(_ handler: @escaping TestServer.Handler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = ByteBuffer()
    case .body(var buffer): body.writeBuffer(&buffer)
    case .end:
      guard let head else { return }
      let request = TestServer.Request(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
      let channel = context.channel
      let handler = self.handler
      channel.eventLoop.makeFutureWithTask { await answer(await handler(request), request.method, on: channel) }
        .whenComplete { _ in }
    }
  }
}

private func answer(_ response: TestServer.Response, _ method: String, on channel: any Channel) async {
  func send(_ status: Int, _ headers: [(String, String)], _ body: ByteBuffer, _ count: Int) async {
    var all = HTTPHeaders(headers)
    if !all.contains(name: "Content-Length") { all.add(name: "Content-Length", value: String(body.readableBytes)) }
    channel.write(
      HTTPServerResponsePart.head(.init(version: .http1_1, status: .init(statusCode: status), headers: all)),
      promise: nil)
    if count > 0, method != "HEAD", let slice = body.getSlice(at: body.readerIndex, length: count) {
      try? await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(slice)))
    } else {
      channel.flush()
    }
  }
  switch response {
  case .silence: return
  case .breakConnection, .lost: try? await channel.close()
  case .answer(let status, let headers, let body):
    await send(status, headers, body, body.readableBytes)
    try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
  case .half(let status, let headers, let body, let sent):
    await send(status, headers, body, sent)
    try? await channel.close()
  case .stuck(let status, let headers, let body, let sent): await send(status, headers, body, sent)
  }
}
