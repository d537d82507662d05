import NIOCore

/// A connection that has left HTTP: bytes both ways.
public struct RawConnection: Sendable {
  let input: ConnectionInput
  let outbound: NIOAsyncChannelOutboundWriter<OutboundPart>

  /// What the peer sends; ends when it ends its direction. To be read once, by one task.
  public var inbound: Inbound { Inbound(input: input) }

  public struct Inbound: AsyncSequence, Sendable {
    let input: ConnectionInput

    public struct AsyncIterator: AsyncIteratorProtocol {
      let input: ConnectionInput

      public mutating func next() async throws -> ByteBuffer? {
        guard case .bytes(let bytes)? = try await input.next() else { return nil }
        return bytes
      }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(input: input) }
  }

  /// Sends at once and returns when there is room for more.
  ///
  /// - Throws: once the peer is gone.
  public func write(_ bytes: ByteBuffer) async throws { try await outbound.write(.bytes(bytes)) }

  /// Ends our direction after what was written; the peer may go on.
  public func closeOutput() async throws { try await outbound.write(.closeOutput) }
}

/// Between the socket (or TLS) and the connection, once it carries plain bytes.
final class TunnelAdapter: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = InboundPart
  typealias OutboundIn = OutboundPart
  typealias OutboundOut = ByteBuffer

  private let limits: ServerLimits
  private var finishDeadline: Scheduled<Void>?

  init(limits: ServerLimits) { self.limits = limits }

  func channelInactive(context: ChannelHandlerContext) {
    finishDeadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.fireChannelRead(wrapInboundOut(.bytes(unwrapInboundIn(data))))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .bytes(let bytes): context.write(wrapOutboundOut(bytes), promise: promise)
    case .finish:
      let channel = context.channel
      finishDeadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.stalledWriteTimeout)) {
        channel.close(promise: nil)
      }
      // Writes complete in order, so an empty one completes after all before it.
      context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: promise) }
    case .closeOutput:
      context.flush()
      context.close(mode: .output, promise: promise)
    case .head, .body, .end, .upgrade, .frame:
      assertionFailure("HTTP after an upgrade")
      promise?.fail(ChannelError.operationUnsupported)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
