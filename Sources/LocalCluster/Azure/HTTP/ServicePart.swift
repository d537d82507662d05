import NIOCore
import NIOHTTP1

/// What arrives on a connection of the service.
enum ServicePart: Sendable {
  case head(HTTPRequestHead, isSecure: Bool)
  case body(ByteBuffer)
  case end
  /// `CONNECT host:port`: from here on the connection is to carry bytes for somebody else.
  case connect(HTTPRequestHead)
}

/// Between the HTTP codec and the connection: puts the small pieces that sockets and TLS deliver together, so that a body
/// of many megabytes is a few dozen pieces and not thousands, each of which costs a change of threads.
final class ServiceAdapter: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = ServicePart

  static let pieceSize = 512 << 10

  /// Whether TLS lies below; becomes true within a connection that began with CONNECT.
  var isSecure: Bool
  /// Whether the bytes of the connection are for somebody else: its half-closing is none of ours then.
  var isTunnel = false
  private var collected: ByteBuffer?
  private var isConnecting = false

  init(isSecure: Bool) { self.isSecure = isSecure }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head) where head.method == .CONNECT:
      isConnecting = true
      context.fireChannelRead(wrapInboundOut(.connect(head)))
    case .head(let head): context.fireChannelRead(wrapInboundOut(.head(head, isSecure: isSecure)))
    case .body(let piece):
      if collected == nil {
        collected = piece
      } else {
        collected?.writeImmutableBuffer(piece)
      }
      if let collected, collected.readableBytes >= Self.pieceSize { pass(collected, context) }
    case .end where isConnecting: isConnecting = false
    case .end:
      if let collected { pass(collected, context) }
      context.fireChannelRead(wrapInboundOut(.end))
    }
  }

  private func pass(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
    collected = nil
    context.fireChannelRead(wrapInboundOut(.body(piece)))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isTunnel, case .inputClosed? = event as? ChannelEvent { return }
    context.fireUserInboundEventTriggered(event)
  }

  /// What is no HTTP or no TLS has no answer: the connection ends.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
