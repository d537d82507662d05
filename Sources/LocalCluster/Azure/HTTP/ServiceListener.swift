import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Accepts connections on one port.
///
/// Not the `Web` room's server: the signatures of requests cover the target as it was sent, in which Azure's own clients
/// encode slashes; an answer to HEAD tells the length of what it does not send; and a connection may begin with CONNECT
/// and become one with TLS.
final class ServiceListener: Sendable {
  let port: Int
  private let channel: any Channel
  private let arrivals: AsyncStream<any Channel>

  /// A connection on which nothing happens for so long is closed.
  private static let idleLimit = TimeAmount.minutes(5)
  private static let backlog: Int32 = 256
  /// One more is closed as soon as it is accepted.
  private static let mostConnections = 1024

  /// - Parameter tls: nil speaks plain HTTP.
  /// - Throws: ``AzureError/cannotListen(address:port:reason:)``.
  static func open(
    address: String, port: Int, tls: TLSIdentity?, group: any EventLoopGroup
  ) async throws(AzureError) -> ServiceListener {
    let (arrivals, continuation) = AsyncStream.makeStream(of: (any Channel).self)
    let open = ConnectionCount()
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
        }
      }
      // Nothing is read before the task that serves the connection is there.
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(
        .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65536, maximum: 262144)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard open.admit(channel, limit: mostConnections) else { throw ChannelError.operationUnsupported }
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: try tls.context())) }
          try addHTTP(to: pipeline)
          try pipeline.addHandlers(
            IdleStateHandler(allTimeout: idleLimit), IdleCloser(), ServiceAdapter(isSecure: tls != nil),
            ArrivalHandler(continuation))
        }
      }
    do {
      let channel = try await bootstrap.bind(host: address, port: port).get()
      channel.closeFuture.whenComplete { _ in continuation.finish() }
      return ServiceListener(port: channel.localAddress?.port ?? port, channel, arrivals)
    } catch {
      throw .cannotListen(address: address, port: port, reason: "\(error)")
    }
  }

  private init(port: Int, _ channel: any Channel, _ arrivals: AsyncStream<any Channel>) {
    self.port = port
    self.channel = channel
    self.arrivals = arrivals
  }

  deinit { channel.close(promise: nil) }

  /// Runs the body for each connection, at the same time, until the task is cancelled.
  func run(_ serve: @escaping @Sendable (any Channel) async -> Void) async {
    await withTaskCancellationHandler {
      await withDiscardingTaskGroup { group in
        for await channel in arrivals { group.addTask { await serve(channel) } }
        group.cancelAll()
      }
    } onCancel: {
      channel.close(promise: nil)
    }
  }

  /// Speaks HTTP from here on.
  static func addHTTP(
    to pipeline: ChannelPipeline.SynchronousOperations, position: ChannelPipeline.SynchronousOperations.Position = .last
  ) throws {
    try pipeline.addHandlers(
      [HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))],
      position: position)
  }
}

/// How many connections there are.
private final class ConnectionCount: Sendable {
  private let count = Mutex(0)

  /// Counts a connection until it closes.
  func admit(_ channel: any Channel, limit: Int) -> Bool {
    let isAdmitted = count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    if isAdmitted { channel.closeFuture.whenComplete { _ in self.count.withLock { $0 -= 1 } } }
    return isAdmitted
  }
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

/// Closes a connection on which nothing happens.
final class IdleCloser: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }
}
