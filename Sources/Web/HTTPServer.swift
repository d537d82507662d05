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
  private enum State {
    case initial
    case listening(Listener)
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
      case .listening(let listener): listener.channel.localAddress?.port
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
    let listener = try await bind()
    state.withLock { $0 = .listening(listener) }
  }

  deinit {
    // Who listened and never ran gives the address back.
    if case .listening(let listener) = state.withLock({ $0 }) { listener.channel.close(promise: nil) }
  }

  /// Serves until it is cancelled or shut down gracefully.
  public func run() async throws {
    try await listen()
    let listener = try state.withLock { state throws(ServerError) in
      guard case .listening(let listener) = state else { throw .alreadyRunning }
      state = .running(port: listener.channel.localAddress?.port)
      return listener
    }
    context.logger.debug("listening", metadata: ["address": "\(address)", "port": "\(boundPort ?? 0)"])
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await withDiscardingTaskGroup { group in
          for await channel in listener.connections {
            group.addTask { [context] in await Connection(channel: channel, server: context).run() }
          }
        }
      } onCancel: {
        listener.channel.close(promise: nil)
      }
    } onGracefulShutdown: { [context] in
      // First nobody new is let in, then those who are idle go: their clients connect anew, and not to us.
      listener.channel.close().whenComplete { _ in context.registry.drain() }
      listener.channel.eventLoop.scheduleTask(in: TimeAmount(context.limits.shutdownGrace)) {
        context.registry.closeAll()
      }
    }
    // Those that were accepted and not served any more.
    try? await listener.channel.closeFuture.get()
    context.registry.closeAll()
  }

  private func bind() async throws(ServerError) -> Listener {
    let (connections, arrivals) = AsyncStream.makeStream(of: (any Channel).self)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      // Nothing is read before the task that serves the connection is there.
      .childChannelOption(.autoRead, value: false)
      .serverChannelInitializer { [logger = context.logger] channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptGuard(logger: logger))
        }
      }
      .childChannelInitializer { [context] channel in
        channel.eventLoop.makeCompletedFuture { try Self.configure(channel, context, arrivals) }
      }
    do {
      let channel: any Channel
      switch address {
      case .ip(let host, let port):
        channel =
          try await bootstrap
          .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
          .childChannelOption(.socketOption(.so_keepalive), value: 1)
          .bind(host: host, port: port).get()
      case .unixSocket(let path):
        channel = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
      }
      channel.closeFuture.whenComplete { _ in arrivals.finish() }
      return Listener(channel: channel, connections: connections)
    } catch {
      throw .cannotListen(address, reason: "\(error)")
    }
  }

  private static func configure(
    _ channel: any Channel, _ context: ServerContext, _ arrivals: AsyncStream<any Channel>.Continuation
  ) throws {
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
    try pipeline.addHandlers(
      encoder, decoder, HTTPAdapter(limits: context.limits, encoder: encoder, decoder: decoder),
      ArrivalHandler(arrivals))
  }
}

/// A listening socket and what arrives on it. At most as many wait here as the limit of connections allows.
private struct Listener {
  let channel: any Channel
  let connections: AsyncStream<any Channel>
}

/// Hands a connection over once it is established.
private final class ArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  private let arrivals: AsyncStream<any Channel>.Continuation

  init(_ arrivals: AsyncStream<any Channel>.Continuation) { self.arrivals = arrivals }

  func channelActive(context: ChannelHandlerContext) {
    arrivals.yield(context.channel)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }
}
