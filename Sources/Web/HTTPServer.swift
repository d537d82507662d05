import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// An HTTP/1.1 server, with TLS where asked for.
///
/// The handler is called once a request's header is there, in a task of the connection: it is cancelled as soon as the
/// client is gone. At a graceful shutdown (``ServiceLifecycle``) no connection is accepted any more, idle ones are
/// closed, running requests may finish for ``ServerLimits/shutdownGrace``; endless responses should end themselves with
/// `cancelWhenGracefulShutdown`.
public final class HTTPServer: Service {
  typealias ServerChannel = NIOAsyncChannel<NIOAsyncChannel<InboundPart, OutboundPart>, Never>

  private enum State {
    case initial
    case listening(ServerChannel)
    case running(port: Int?)
  }

  public let address: ListenAddress
  private let context: ServerContext
  private let group: any EventLoopGroup
  private let state = Mutex(State.initial)

  /// - Parameters:
  ///   - tls: nil speaks plain HTTP.
  ///   - renderError: makes the answers the server gives itself (malformed requests, limits) from status and message.
  public init(
    address: ListenAddress, tls: ServerTLS? = nil, limits: ServerLimits = ServerLimits(), logger: Logger,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    renderError: @escaping @Sendable (Int, String) -> HTTPResponse = { .text($1 + "\n", status: $0) },
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) {
    self.address = address
    self.group = group
    context = ServerContext(
      handler: handler, renderError: renderError, limits: limits, tlsContext: tls.map(TLSContextCache.init),
      registry: ConnectionRegistry(limit: limits.connections), logger: logger)
  }

  /// - Parameter port: 0 takes any free one.
  public convenience init(
    address: String, port: Int, tls: ServerTLS? = nil, limits: ServerLimits = ServerLimits(), logger: Logger,
    handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
  ) {
    self.init(address: .ip(address, port: port), tls: tls, limits: limits, logger: logger, handler: handler)
  }

  /// The port in use, once the server listens on an IP address.
  public var boundPort: Int? {
    state.withLock {
      switch $0 {
      case .initial: nil
      case .listening(let server): server.channel.localAddress?.port
      case .running(let port): port
      }
    }
  }

  /// Open connections.
  public var connectionCount: Int { context.registry.count }

  /// Takes the address; connections wait until ``run()`` serves them. `run` does this itself where it was not done.
  ///
  /// - Throws: ``ServerError``.
  public func listen() async throws {
    guard state.withLock({ if case .initial = $0 { true } else { false } }) else { return }
    // Tried now, where an error can be reported.
    do { _ = try context.tlsContext?.context() } catch { throw ServerError.invalidTLS(reason: "\(error)") }
    let server = try await bind()
    state.withLock { $0 = .listening(server) }
  }

  /// Serves until it is cancelled or shut down gracefully.
  public func run() async throws {
    try await listen()
    let server: ServerChannel = try state.withLock {
      guard case .listening(let server) = $0 else { throw ServerError.alreadyRunning }
      $0 = .running(port: server.channel.localAddress?.port)
      return server
    }
    context.logger.debug("listening", metadata: ["address": "\(server.channel.localAddress?.description ?? "")"])
    try await withGracefulShutdownHandler {
      try await server.executeThenClose { connections in
        try await withThrowingDiscardingTaskGroup { group in
          for try await connection in connections {
            group.addTask { [context] in await Connection(asyncChannel: connection, server: context).run() }
          }
        }
      }
    } onGracefulShutdown: { [context] in
      // First nobody new is let in, then those who are idle go: their clients connect anew, and not to us.
      server.channel.close().whenComplete { _ in context.registry.drain() }
      server.channel.eventLoop.scheduleTask(in: TimeAmount(context.limits.shutdownGrace)) {
        context.registry.closeAll()
      }
    }
  }

  private func bind() async throws(ServerError) -> ServerChannel {
    let logger = context.logger
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptGuard(logger: logger))
        }
      }
    do {
      switch address {
      case .ip(let host, let port):
        return
          try await bootstrap
          .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
          .childChannelOption(.socketOption(.so_keepalive), value: 1)
          .bind(host: host, port: port, childChannelInitializer: configure)
      case .unixSocket(let path):
        return try await bootstrap.bind(
          unixDomainSocketPath: path, cleanupExistingSocketFile: true, childChannelInitializer: configure)
      }
    } catch {
      throw .cannotListen(address, reason: "\(error)")
    }
  }

  private var configure: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<InboundPart, OutboundPart>> {
    { [self] channel in
      channel.eventLoop.makeCompletedFuture {
        do { return try makeConnection(channel) } catch {
          // The bootstrap drops a channel that fails here without closing it.
          channel.close(promise: nil)
          throw error
        }
      }
    }
  }

  private func makeConnection(_ channel: any Channel) throws -> NIOAsyncChannel<InboundPart, OutboundPart> {
    let pipeline = channel.pipeline.syncOperations
    guard context.registry.admit(channel) else {
      context.logger.warning("too many connections", metadata: ["limit": "\(context.limits.connections)"])
      throw ChannelError.operationUnsupported
    }
    if let tls = context.tlsContext { try pipeline.addHandler(tls.makeHandler()) }
    var decoderLimits = NIOHTTPDecoderLimitConfiguration()
    decoderLimits.maxHeaderFieldSize = context.limits.headerBytes
    decoderLimits.maxHeaderListSize = context.limits.headerBytes
    let encoder = HTTPResponseEncoder()
    let decoder = ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits))
    try pipeline.addHandlers(encoder, decoder, HTTPAdapter(limits: context.limits, encoder: encoder, decoder: decoder))
    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
  }
}
