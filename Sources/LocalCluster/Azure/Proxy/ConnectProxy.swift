import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Carries out CONNECT requests: hosts of the embedded service end here, with TLS by a certificate of ours for their
/// name; all others are tunnelled to where they really are.
///
/// Pods find both by the variable `HTTPS_PROXY`, because nobody but root can listen on port 443
/// (docs/decisions/2026-11-27-how-pods-reach-azure.md).
struct ConnectProxy: Sendable {
  enum Outcome: Sendable, Equatable {
    /// The connection has begun anew, with TLS.
    case served
    /// The connection carries bytes for somebody else.
    case tunnelled
    case refused(Int, String)
  }

  /// Hosts of the embedded service; on port 443 only.
  let ownHosts: Set<String>
  let ownNetwork: String
  let tls: TLSIdentity
  let logger: Logger

  private static let connectTimeout = TimeAmount.seconds(10)

  /// - Parameter target: as the request has it.
  func connect(_ target: String, channel: any Channel) async -> Outcome {
    guard let target = ConnectTarget(target) else { return .refused(400, "CONNECT needs host:port") }
    do {
      if ownHosts.contains(target.host) {
        guard target.port == 443 else {
          return .refused(403, "\(target.host) is a host of the local control plane, which is reached on port 443 only")
        }
        try await serve(channel)
        return .served
      }
      return try await tunnel(channel, to: target)
    } catch {
      logger.debug("cannot connect", metadata: ["host": "\(target.host)", "error": "\(error)"])
      return .refused(502, "\(target.host):\(target.port) cannot be reached: \(error)")
    }
  }

  /// The same connection once more, from its beginning: TLS, then HTTP.
  private func serve(_ channel: any Channel) async throws {
    let context = try tls.context()
    try await channel.eventLoop.submit {
      let pipeline = channel.pipeline.syncOperations
      let adapter = try pipeline.handler(type: ServiceAdapter.self)
      let idle = try pipeline.handler(type: IdleStateHandler.self)
      let codec = try HTTPCodec(pipeline)
      adapter.isSecure = true
      try pipeline.addHandler(NIOSSLServerHandler(context: context), position: .before(idle))
      try ServiceListener.addHTTP(to: pipeline, position: .before(idle))
      codec.establish(channel)
    }.get()
  }

  private func tunnel(_ channel: any Channel, to target: ConnectTarget) async throws -> Outcome {
    let reachable = ReachableAddresses.current(ownNetwork: ownNetwork)
    let known = try await NameLookup.addresses(of: target.host)
    guard !known.isEmpty else { return .refused(502, "\(target.host) is not known by name") }
    // The address that was looked at is the one that is connected to: a name could mean another a moment later.
    let addresses = known.filter(reachable.contains)
    guard !addresses.isEmpty else {
      return .refused(403, "\(target.host) is this machine, and the proxy leads to other machines only")
    }
    var failure: (any Error)?
    for address in addresses {
      do {
        try await tunnel(channel, to: SocketAddress(ipAddress: address, port: target.port))
        return .tunnelled
      } catch {
        failure = error
      }
    }
    throw failure ?? ChannelError.unknownLocalAddress
  }

  private func tunnel(_ channel: any Channel, to address: SocketAddress) async throws {
    let loop = channel.eventLoop
    let far = try await loop.submit { NIOLoopBound(SpliceHandler(), eventLoop: loop) }.get()
    let remote = try await ClientBootstrap(group: loop)
      .connectTimeout(Self.connectTimeout)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      // Nothing may be read before the splice is in place.
      .channelOption(.autoRead, value: false)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(far.value) }
      }
      .connect(to: address).get()
    do {
      try await loop.submit {
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        let adapter = try pipeline.handler(type: ServiceAdapter.self)
        let idle = try pipeline.handler(type: IdleStateHandler.self)
        let codec = try HTTPCodec(pipeline)
        let near = SpliceHandler()
        adapter.isTunnel = true
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try pipeline.addHandler(near, position: .before(idle))
        pipeline.removeHandler(idle, promise: nil)
        codec.establish(channel)
        SpliceHandler.join(near, far.value)
        remote.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
      }.get()
    } catch {
      remote.close(promise: nil)
      throw error
    }
  }
}

/// The HTTP codec of a connection whose CONNECT request is granted; to be used on the connection's event loop.
private struct HTTPCodec {
  private let pipeline: ChannelPipeline.SynchronousOperations
  private let encoder: HTTPResponseEncoder
  private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
  private let context: ChannelHandlerContext

  init(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
    self.pipeline = pipeline
    encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
    decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
    context = try pipeline.context(handler: encoder)
  }

  /// Answers, below the encoder, which would announce a body, and leaves the connection to the handlers that stand behind
  /// the decoder now. What came right after the request is handed on to them as the decoder goes.
  func establish(_ channel: any Channel) {
    context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")), promise: nil)
    pipeline.removeHandler(encoder, promise: nil)
    pipeline.removeHandler(decoder).whenComplete { _ in channel.pipeline.fireChannelReadComplete() }
  }
}
