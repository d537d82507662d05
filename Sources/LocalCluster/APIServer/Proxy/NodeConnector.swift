import AsyncHTTPClient
import Certificates
import Foundation
import Kubernetes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Web

/// Carries requests on to nodes and pods. A node knows by the client certificate that it is the API server who asks,
/// and the API server by the node's certificate that it is the node who answers.
final class NodeConnector: Sendable {
  /// A place that a request is carried on to.
  struct Destination: Sendable {
    var address: String
    var port: Int
    var isTLS: Bool
    /// The path with its query, percent-encoded.
    var path: String
  }

  private let nodeTLS: TLSConfiguration
  private let nodeClient: HTTPClient
  /// For pods, which are nobody's in particular: certificates are not verified, as in Kubernetes' pod proxy.
  private let podClient: HTTPClient

  /// - Throws: where the authority or the identity cannot be read.
  init(authorityPEM: String, identity: PEMIdentity) throws {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
    tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
      .certificate($0)
    }
    tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
    nodeTLS = tls
    nodeClient = Self.client(tls)
    var anonymous = TLSConfiguration.makeClientConfiguration()
    anonymous.certificateVerification = .none
    podClient = Self.client(anonymous)
  }

  private static func client(_ tls: TLSConfiguration) -> HTTPClient {
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(5)
    configuration.httpVersion = .http1Only
    // Each follower of a log holds a connection; nobody waits for another one's end.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  func shutdown() async {
    try? await nodeClient.shutdown()
    try? await podClient.shutdown()
  }

  /// Asks a node and passes its answer on as it comes, for as long as it comes.
  func streamFromNode(_ destination: Destination) async throws(StatusError) -> HTTPResponse {
    try await pass("GET", headers: [:], body: [], to: destination, by: nodeClient, what: "the node")
  }

  /// Passes a request on to a pod and its answer back.
  func proxy(_ request: HTTPRequest, body: [UInt8], to destination: Destination) async throws(StatusError)
    -> HTTPResponse
  {
    var headers = request.headers
    // What belongs to this connection, or proves to us who the client is, is not the pod's business.
    for name in [
      "host", "connection", "content-length", "transfer-encoding", "authorization", "upgrade", "accept-encoding",
    ] {
      headers.remove(name: name)
    }
    return try await pass(request.method, headers: headers, body: body, to: destination, by: podClient, what: "the pod")
  }

  private func pass(
    _ method: String, headers: HTTPHeaders, body: [UInt8], to destination: Destination, by client: HTTPClient,
    what: String
  ) async throws(StatusError) -> HTTPResponse {
    let scheme = destination.isTLS ? "https" : "http"
    var request = HTTPClientRequest(
      url: "\(scheme)://\(destination.address):\(destination.port)\(destination.path)")
    request.method = HTTPMethod(rawValue: method)
    request.headers = headers
    if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
    do {
      // A log that is followed has no end; the client's going away ends it.
      let response = try await client.execute(request, deadline: .distantFuture)
      var answered = response.headers
      for name in ["connection", "content-length", "transfer-encoding"] { answered.remove(name: name) }
      return HTTPResponse(
        status: Int(response.status.code), headers: answered,
        body: .stream { writer in
          try await cancelWhenGracefulShutdown {
            for try await chunk in response.body { try await writer.write(chunk) }
          }
        })
    } catch {
      throw .unavailable(
        "error trying to reach \(what) at \(destination.address):\(destination.port): \(error)")
    }
  }

  // MARK: Tunnels

  /// Asks a node to switch protocols with the client's own request, and joins the two connections byte by byte.
  func tunnel(_ request: HTTPRequest, to destination: Destination) async throws(StatusError) -> HTTPResponse {
    let channel: any Channel
    let head: UpgradeAnswer
    do {
      let (connected, answer) = try await connect(destination)
      channel = connected
      try await channel.writeAndFlush(ByteBuffer(string: Self.requestHead(request, destination)))
      head = try await answer.get()
    } catch {
      throw .unavailable("error trying to reach the node at \(destination.address):\(destination.port): \(error)")
    }
    guard head.status == 101 else {
      channel.close(promise: nil)
      throw StatusError(
        code: head.status, reason: head.status == 404 ? "NotFound" : "BadRequest",
        message: head.body.isEmpty ? "the node answered \(head.status)" : head.body)
    }
    var headers = head.headers
    for name in ["connection", "content-length", "transfer-encoding"] { headers.remove(name: name) }
    return HTTPResponse(
      status: 101, headers: headers,
      body: .tunnel { client in
        try await Self.join(client, channel)
      })
  }

  private func connect(
    _ destination: Destination
  ) async throws -> (any Channel, EventLoopFuture<UpgradeAnswer>) {
    let context = try NIOSSLContext(configuration: nodeTLS)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let answer = loop.makePromise(of: UpgradeAnswer.self)
    do {
      let channel = try await ClientBootstrap(group: loop)
        .connectTimeout(.seconds(5))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelOption(.allowRemoteHalfClosure, value: true)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let tls = try NIOSSLClientHandler(context: context, serverHostname: nil)
            try channel.pipeline.syncOperations.addHandlers(tls, UpgradeHandshake(answer))
          }
        }
        .connect(host: destination.address, port: destination.port).get()
      return (channel, answer.futureResult)
    } catch {
      // A promise must be kept even when there was nothing to wait for.
      answer.fail(error)
      throw error
    }
  }

  private static func requestHead(_ request: HTTPRequest, _ destination: Destination) -> String {
    var text = "GET \(destination.path) HTTP/1.1\r\nHost: \(destination.address):\(destination.port)\r\n"
    text += "Connection: Upgrade\r\n"
    for (name, value) in request.headers
    where name.lowercased() == "upgrade" || name.lowercased().hasPrefix("sec-websocket-") {
      text += "\(name): \(value)\r\n"
    }
    return text + "\r\n"
  }

  private static func join(_ client: RawConnection, _ channel: any Channel) async throws {
    let node = try await channel.eventLoop.submit {
      let node = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
      let context = try channel.pipeline.syncOperations.context(handlerType: UpgradeHandshake.self)
      (context.handler as? UpgradeHandshake)?.release(context)
      return node
    }.get()
    try await node.executeThenClose { inbound, outbound in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for try await bytes in client.inbound { try await outbound.write(bytes) }
          outbound.finish()
        }
        group.addTask {
          for try await bytes in inbound { try await client.write(bytes) }
          try await client.closeOutput()
        }
        // Each direction ends by itself; a failure of either ends both.
        try await group.waitForAll()
      }
    }
  }
}
