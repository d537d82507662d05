import Kubernetes
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
    var body: [UInt8]

    var path: String { String(uri.prefix { $0 != "?" }) }
    var query: String { uri.firstIndex(of: "?").map { String(uri[uri.index(after: $0)...]) } ?? "" }
    var json: JSON? { try? JSON(parsing: body) }
  }

  enum Response: Sendable {
    case json(Int, JSON, headers: [(String, String)] = [])
    /// The lines as they come; the connection ends in order when the stream does.
    case lines(AsyncStream<String>)
    /// Nothing, ever.
    case silence
    /// The connection breaks without an answer.
    case breakConnection

    static func object(_ json: JSON) -> Self { .json(200, json) }

    static func status(_ code: Int, _ reason: String, _ message: String = "because") -> Self {
      .json(
        code,
        [
          "kind": "Status", "apiVersion": "v1", "reason": .string(reason), "message": .string(message),
          "code": .int(Int64(code)),
        ])
    }
  }

  typealias Handler = @Sendable (Request) async -> Response

  let url: String
  private let channel: any Channel
  private let log: RequestLog
  private let children: Children

  /// Everything that was asked.
  var requests: [Request] { log.all }

  private init(scheme: String, channel: any Channel, log: RequestLog, children: Children) {
    self.channel = channel
    self.log = log
    self.children = children
    url = "\(scheme)://127.0.0.1:\(channel.localAddress?.port ?? 0)"
  }

  static func start(tls: TLSConfiguration? = nil, _ handler: @escaping Handler) async throws -> TestServer {
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    let log = RequestLog()
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

  /// Breaks all connections; new ones are accepted.
  func breakConnections() { children.closeAll() }

  func stop() async throws {
    try await channel.close()
    children.closeAll()
  }

  /// Starts a server and a client of it, and ends both after the body.
  static func with(
    _ handler: @escaping Handler, _ body: (TestServer, KubernetesClient) async throws -> Void
  ) async throws {
    let server = try await start(handler)
    let client = try KubernetesClient(ClientConfiguration(server: server.url), deadline: .seconds(5))
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(server, client))
    } catch {
      result = .failure(error)
    }
    await client.shutdown()
    try await server.stop()
    try result.get()
  }
}

private final class RequestLog: Sendable {
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
  private var body: [UInt8] = []

  init(_ handler: @escaping TestServer.Handler) { self.handler = handler }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer): body += buffer.readableBytesView
    case .end:
      guard let head else { return }
      let request = TestServer.Request(method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
      let channel = context.channel
      let handler = self.handler
      channel.eventLoop.makeFutureWithTask { await answer(await handler(request), on: channel) }.whenComplete { _ in }
    }
  }
}

private func answer(_ response: TestServer.Response, on channel: any Channel) async {
  switch response {
  case .silence: return
  case .breakConnection: try? await channel.close()
  case .json(let status, let json, let extra):
    let bytes = json.serialized()
    var headers = HTTPHeaders(extra)
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "Content-Length", value: String(bytes.count))
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    channel.write(HTTPServerResponsePart.head(head), promise: nil)
    channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
    try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
  case .lines(let lines):
    let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Transfer-Encoding": "chunked"])
    try? await channel.writeAndFlush(HTTPServerResponsePart.head(head))
    for await line in lines {
      try? await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: line + "\n"))))
    }
    try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
  }
}
