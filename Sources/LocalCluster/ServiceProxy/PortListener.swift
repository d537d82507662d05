import Logging
import NIOCore
import NIOPosix

/// Listens on one address and port of a service and forwards its TCP connections.
final class PortListener: Sendable {
  let address: String
  /// The port in use; the one the system chose where 0 was asked for.
  let port: Int
  private let channel: any Channel
  private let forwarder: Forwarder

  /// - Throws: `IOError` with `EADDRINUSE`, `EACCES` or `EADDRNOTAVAIL`, as bind(2) gives it.
  static func open(address: String, port: Int, rules: ForwardingRules, logger: Logger) async throws -> PortListener {
    let forwarder = Forwarder(rules: rules, logger: logger)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 512)
      // Without it, a restart waits for connections of the former process in TIME_WAIT; another listener still counts.
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(SpliceHandler { forwarder.accept($1, $0) })
        }
      }
      .bind(host: address, port: port).get()
    return PortListener(address: address, port: channel.localAddress?.port ?? port, channel, forwarder)
  }

  private init(address: String, port: Int, _ channel: any Channel, _ forwarder: Forwarder) {
    self.address = address
    self.port = port
    self.channel = channel
    self.forwarder = forwarder
  }

  /// From now on new connections follow these rules; connections that they no longer allow are cut.
  func update(_ rules: ForwardingRules) { forwarder.update(rules) }

  var connectionCount: Int { forwarder.connectionCount }

  /// Stops listening and cuts every connection.
  func close() async {
    try? await channel.close()
    forwarder.close()
  }
}
