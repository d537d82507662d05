import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Between the HTTP codec and the connection: keeps the deadlines of a client that is slow or silent, turns parse errors
/// into parts, and replaces the codec when the protocol changes.
final class HTTPAdapter: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = InboundPart
  typealias OutboundIn = OutboundPart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: ServerLimits
  private let encoder: HTTPResponseEncoder
  private let decoder: ByteToMessageHandler<HTTPRequestDecoder>

  /// Requests whose header came and whose response has not ended.
  private var unanswered = 0
  private var readingBody = false
  private var failed = false
  private var lastResponse: EventLoopFuture<Void>?
  private var headDeadline: Scheduled<Void>?
  private var bodyDeadline: Scheduled<Void>?
  private var writeDeadline: Scheduled<Void>?

  init(limits: ServerLimits, encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>) {
    self.limits = limits
    self.encoder = encoder
    self.decoder = decoder
  }

  func handlerAdded(context: ChannelHandlerContext) { headDeadline = close(context, after: limits.headerTimeout) }

  func handlerRemoved(context: ChannelHandlerContext) { cancelDeadlines() }

  func channelInactive(context: ChannelHandlerContext) {
    cancelDeadlines()
    context.fireChannelInactive()
  }

  private func cancelDeadlines() {
    headDeadline?.cancel()
    bodyDeadline?.cancel()
    writeDeadline?.cancel()
  }

  private func close(_ context: ChannelHandlerContext, after delay: Duration) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: TimeAmount(delay)) { channel.close(promise: nil) }
  }

  // MARK: In

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !failed else { return }
    bodyDeadline?.cancel()
    bodyDeadline = nil
    switch unwrapInboundIn(data) {
    case .head(let head):
      headDeadline?.cancel()
      unanswered += 1
      readingBody = true
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body(let bytes): context.fireChannelRead(wrapInboundOut(.body(bytes)))
    case .end:
      readingBody = false
      context.fireChannelRead(wrapInboundOut(.end))
    }
  }

  /// Called when somebody wants more: only then is a client that sends nothing slow.
  func read(context: ChannelHandlerContext) {
    if readingBody, bodyDeadline == nil { bodyDeadline = close(context, after: limits.bodyTimeout) }
    context.read()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let violation: RequestViolation
    switch error {
    case HTTPParserError.headerOverflow: violation = .headersTooLarge(limit: limits.headerBytes)
    case HTTPParserError.invalidVersion: violation = .unsupportedVersion
    case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: return context.close(promise: nil)
    case is HTTPParserError: violation = .malformed("this is not HTTP/1.1")
    // What comes after the part that was wrong.
    case is ByteToMessageDecoderError: return
    // TLS and socket errors: the connection is of no more use. They must not travel on, where they would end the
    // inbound sequence before what was received is read.
    default: return context.close(promise: nil)
    }
    guard !failed else { return }
    failed = true
    headDeadline?.cancel()
    context.fireChannelRead(wrapInboundOut(.invalid(violation)))
    context.fireChannelReadComplete()
  }

  // MARK: Out

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head): context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    case .end:
      unanswered -= 1
      if unanswered == 0, !failed {
        headDeadline?.cancel()
        headDeadline = close(context, after: limits.idleTimeout)
      }
      let written = promise ?? context.eventLoop.makePromise()
      lastResponse = written.futureResult
      context.write(wrapOutboundOut(.end(nil)), promise: written)
    case .finish:
      // A client that takes nothing would never let it leave.
      headDeadline?.cancel()
      headDeadline = close(context, after: limits.stalledWriteTimeout)
      let channel = context.channel
      (lastResponse ?? context.eventLoop.makeSucceededVoidFuture()).whenComplete { _ in channel.close(promise: promise)
      }
    case .upgrade(let head, let next):
      context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
      upgrade(context, to: next)
    case .closeOutput, .frame, .bytes:
      assertionFailure("only for connections that were upgraded")
      promise?.fail(ChannelError.operationUnsupported)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writeDeadline?.cancel()
    writeDeadline = context.channel.isWritable ? nil : close(context, after: limits.stalledWriteTimeout)
    context.fireChannelWritabilityChanged()
  }

  /// The new handlers stand behind the decoder before it goes, so that bytes which came right after the request, and
  /// which the decoder hands on as it leaves, reach them.
  private func upgrade(_ context: ChannelHandlerContext, to next: UpgradedProtocol) {
    let pipeline = context.pipeline.syncOperations
    do {
      switch next {
      case .webSocket(let messageLimit):
        let frames = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: min(messageLimit, Int(UInt32.max))))
        try pipeline.addHandlers(
          WebSocketFrameEncoder(), frames, WebSocketAdapter(messageLimit: messageLimit), position: .before(self))
      case .tunnel:
        // A tunnelled protocol may end one direction and go on in the other.
        try context.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try pipeline.addHandler(TunnelAdapter(limits: limits), position: .before(self))
      }
      pipeline.removeHandler(encoder, promise: nil)
      pipeline.removeHandler(self, promise: nil)
      // What the decoder hands on is a read like any other and needs its end, or it waits there for the next one.
      let channel = context.channel
      pipeline.removeHandler(decoder).whenComplete { _ in channel.pipeline.fireChannelReadComplete() }
    } catch {
      context.close(promise: nil)
    }
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
  }
}
