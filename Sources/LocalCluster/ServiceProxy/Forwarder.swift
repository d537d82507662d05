import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Connects the clients of one service port with its backends, and cuts them off when the rules change.
final class Forwarder: Sendable {
  private let state: Mutex<State>
  private let logger: Logger

  private struct State {
    var table: BackendTable
    /// Open connections by the identity of their client's channel.
    var connections: [ObjectIdentifier: Connection] = [:]
    /// Clients that no backend takes just now, and how each is tried again.
    var waiting: [ObjectIdentifier: @Sendable () -> Void] = [:]
    var isClosed = false
  }

  private struct Connection {
    var client: any Channel
    var backend: Backend?
  }

  /// A backend on this machine answers or refuses at once; longer means that its accept queue is full.
  private static let connectTimeout = TimeAmount.seconds(5)

  /// So long a client waits for a backend where none takes it: one that comes while a primary leaves and another takes over
  /// finds that one, and need not come again and again meanwhile. kube-proxy refuses at once.
  private static let patience = TimeAmount.seconds(1)
  /// A backend that was away at the same address is noticed after this at most.
  private static let retryInterval = TimeAmount.milliseconds(50)
  private static let mostWaiting = 1024

  init(rules: ForwardingRules, logger: Logger) {
    self.logger = logger
    state = Mutex(State(table: BackendTable(rules: rules)))
  }

  func update(_ rules: ForwardingRules) {
    let (cut, waiting) = state.withLock { state -> ([Connection], [@Sendable () -> Void]) in
      guard state.table.rules != rules else { return ([], []) }
      state.table.update(rules)
      let hasOthers = !rules.ready.isEmpty
      let cut = state.connections.values.filter { connection in
        if hasOthers, let backend = connection.backend, !rules.known.contains(backend) { return true }
        guard let source = connection.client.remoteAddress?.ipAddress else { return false }
        return !state.table.admits(source)
      }
      return (cut, Array(state.waiting.values))
    }
    for tryAgain in waiting { tryAgain() }
    for connection in cut {
      logger.debug("cutting a connection", metadata: ["backend": "\(connection.backend?.description ?? "none")"])
      connection.client.close(promise: nil)
    }
  }

  func close() {
    let connections = state.withLock { state in
      state.isClosed = true
      return Array(state.connections.values)
    }
    for connection in connections { connection.client.close(promise: nil) }
  }

  var connectionCount: Int { state.withLock { $0.connections.count } }

  // MARK: One connection, on its event loop

  func accept(_ client: any Channel, _ handler: SpliceHandler) {
    client.closeFuture.whenComplete { _ in
      self.state.withLock { state in
        state.connections[ObjectIdentifier(client)] = nil
        state.waiting[ObjectIdentifier(client)] = nil
      }
    }
    route(client, handler, until: .now() + Self.patience)
  }

  private func route(_ client: any Channel, _ handler: SpliceHandler, until deadline: NIODeadline) {
    // Without a remote address the client is gone already.
    guard let source = client.remoteAddress?.ipAddress else { return client.close(promise: nil) }
    let candidates = state.withLock { state -> [Backend]? in
      guard !state.isClosed, state.table.admits(source) else { return nil }
      let candidates = state.table.candidates(for: source, now: .now)
      if client.isActive { state.connections[ObjectIdentifier(client)] = Connection(client: client) }
      return candidates
    }
    guard let candidates else { return client.close(promise: nil) }
    connect(client, handler, candidates[...], source: source, until: deadline)
  }

  /// Until the rules change, or for a moment.
  private func wait(_ client: any Channel, _ handler: SpliceHandler, until deadline: NIODeadline) {
    let bound = NIOLoopBound(handler, eventLoop: client.eventLoop)
    let tryAgain: @Sendable () -> Void = {
      client.eventLoop.execute {
        let isWaiting = self.state.withLock { $0.waiting.removeValue(forKey: ObjectIdentifier(client)) != nil }
        if isWaiting { self.route(client, bound.value, until: deadline) }
      }
    }
    let mayWait = state.withLock { state in
      guard !state.isClosed, client.isActive, NIODeadline.now() < deadline, state.waiting.count < Self.mostWaiting
      else { return false }
      state.connections[ObjectIdentifier(client)]?.backend = nil
      state.waiting[ObjectIdentifier(client)] = tryAgain
      return true
    }
    guard mayWait else { return client.close(promise: nil) }
    client.eventLoop.scheduleTask(in: Self.retryInterval, tryAgain)
  }

  private func connect(
    _ client: any Channel, _ handler: SpliceHandler, _ candidates: ArraySlice<Backend>, source: String,
    until deadline: NIODeadline
  ) {
    guard client.isActive else { return client.close(promise: nil) }
    guard let backend = candidates.first else { return wait(client, handler, until: deadline) }
    // Recorded before the connection exists, so that a backend which leaves in between takes this client with it.
    let isKnown = state.withLock { state in
      state.connections[ObjectIdentifier(client)]?.backend = backend
      return state.table.rules.known.contains(backend)
    }
    guard isKnown else { return connect(client, handler, candidates.dropFirst(), source: source, until: deadline) }
    let bound = NIOLoopBound(handler, eventLoop: client.eventLoop)
    let other = NIOLoopBound(SpliceHandler(), eventLoop: client.eventLoop)
    Self.connect(to: backend, from: source, on: client.eventLoop, other).whenComplete { result in
      switch result {
      case .success(let server):
        guard client.isActive else { return server.close(promise: nil) }
        SpliceHandler.join(bound.value, other.value)
        server.setOption(.autoRead, value: true).whenFailure { _ in client.close(promise: nil) }
      case .failure(let error):
        self.logger.debug("cannot connect", metadata: ["backend": "\(backend)", "error": "\(error)"])
        self.connect(client, bound.value, candidates.dropFirst(), source: source, until: deadline)
      }
    }
  }

  /// Connects from the client's own loopback address: the server's HBA rules and logs then see the client, not the
  /// proxy. Addresses of other machines cannot be bound here.
  private static func connect(
    to backend: Backend, from source: String, on eventLoop: any EventLoop, _ handler: NIOLoopBound<SpliceHandler>
  ) -> EventLoopFuture<any Channel> {
    var bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(connectTimeout)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      // Nothing may be read before the splice is in place.
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
      }
    if SourceRange.isLoopback(source), SourceRange.isLoopback(backend.address),
      let local = try? SocketAddress(ipAddress: source, port: 0)
    {
      // IP_BIND_ADDRESS_NO_PORT = 24 (ip(7)): connect(2) chooses the port, which then is unique per destination only.
      let withoutPort = ChannelOptions.Types.SocketOption(level: .ip, name: .init(rawValue: 24))
      bootstrap = bootstrap.channelOption(withoutPort, value: 1).bind(to: local)
    }
    // Not by name: a look-up would take its time although there is nothing to look up.
    do {
      return bootstrap.connect(to: try SocketAddress(ipAddress: backend.address, port: backend.port))
    } catch {
      return eventLoop.makeFailedFuture(error)
    }
  }
}
