import Certificates
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Serves one connection: request after request, in order, until either side ends it or it becomes something else.
struct Connection {
  let channel: any Channel
  let server: ServerContext

  func run() async {
    do {
      try await wrapped().executeThenClose { inbound, outbound in
        let input = ConnectionInput(inbound.makeAsyncIterator()) {
          try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
        }
        await untilClosed { try await serve(input, outbound) }
      }
    } catch {
      // Whatever was wrong with the connection, it is over; the handlers have seen it.
      server.logger.trace("connection ended", metadata: ["error": "\(error)"])
    }
  }

  /// From here on the connection is read. The wrapper must be executed once it exists (NIO insists on it), so it is made no
  /// earlier than this.
  private func wrapped() async throws -> NIOAsyncChannel<InboundPart, OutboundPart> {
    try await channel.eventLoop.submit {
      // Wrapped after its end, it would never learn of it.
      guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
      let wrapped = try NIOAsyncChannel<InboundPart, OutboundPart>(wrappingChannelSynchronously: channel)
      channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
      return wrapped
    }.get()
  }

  /// Runs the body and cancels it as soon as the client is gone, so that nobody works for a client who does not listen.
  private func untilClosed(_ body: @escaping @Sendable () async throws -> Void) async {
    let (closed, continuation) = AsyncStream.makeStream(of: Void.self)
    channel.closeFuture.whenComplete { _ in continuation.finish() }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in closed {} }
      group.addTask {
        do { try await body() } catch {
          server.logger.debug("connection failed", metadata: ["error": "\(error)"])
        }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func serve(
    _ input: ConnectionInput, _ outbound: NIOAsyncChannelOutboundWriter<OutboundPart>
  ) async throws {
    var client: ClientCertificate??
    while let part = try await input.next() {
      switch part {
      case .head(let head):
        server.registry.setBusy(channel, true)
        if client == nil { client = .some(await clientCertificate()) }
        await input.beginBody(expectsContinue: head.headers["expect"].contains { $0.lowercased() == "100-continue" })
        let exchange = Exchange(
          head: head, input: input, outbound: outbound, server: server,
          remoteAddress: channel.remoteAddress?.ipAddress ?? "", client: client ?? nil)
        guard try await exchange.run() else { return }
        server.registry.setBusy(channel, false)
        if server.registry.isDraining { return }
      case .invalid(let violation):
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        let exchange = Exchange(
          head: head, input: input, outbound: outbound, server: server, remoteAddress: "", client: nil)
        return try await exchange.refuse(violation)
      case .body, .end, .message, .bytes: return
      }
    }
  }

  private func clientCertificate() async -> ClientCertificate? {
    guard
      server.tlsContext?.verifiesClients == true,
      let certificate = try? await channel.nioSSL_peerCertificate().get(),
      let details = try? CertificateDetails(der: certificate.toDERBytes())
    else { return nil }
    return ClientCertificate(
      commonName: details.commonName, organizations: details.organizations, publicKeySHA256: details.publicKeySHA256)
  }
}

/// What all connections of a server share.
struct ServerContext: Sendable {
  let handler: @Sendable (HTTPRequest) async -> HTTPResponse
  /// Renders the answers the server gives itself: status and message.
  let renderError: @Sendable (Int, String) -> HTTPResponse
  let limits: ServerLimits
  let tlsContext: TLSContextCache?
  let registry: ConnectionRegistry
  let logger: Logger
}
