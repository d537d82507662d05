import NIOCore
import NIOWebSocket

/// Between the WebSocket codec and the connection: whole messages go in, pings are answered, violations end it.
final class WebSocketAdapter: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias InboundOut = InboundPart
  typealias OutboundIn = OutboundPart
  typealias OutboundOut = WebSocketFrame

  private var assembler: MessageAssembler
  private var ended = false
  private var closeSent = false

  init(messageLimit: Int) { assembler = MessageAssembler(limit: messageLimit) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !ended else { return }
    let frame = unwrapInboundIn(data)
    do throws(WebSocketViolation) {
      switch frame.opcode {
      case .ping, .pong, .connectionClose: try receiveControl(frame, context)
      default:
        guard let message = try assembler.receive(frame) else { return }
        context.fireChannelRead(wrapInboundOut(.message(message)))
      }
    } catch {
      end(context, error)
    }
  }

  private func receiveControl(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) throws(WebSocketViolation) {
    guard frame.fin, frame.length <= 125, frame.maskKey != nil else { throw .protocolError }
    var data = frame.unmaskedData
    switch frame.opcode {
    case .ping:
      // A peer that pings and does not read must not make us hold its pongs.
      guard !closeSent, context.channel.isWritable else { return }
      context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: data)), promise: nil)
    case .connectionClose:
      guard frame.length != 1 else { throw .protocolError }
      ended = true
      let code = data.readInteger(as: UInt16.self)
      sendClose(context, code: code)
      context.fireChannelRead(wrapInboundOut(.message(.close(code: code))))
      context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    default: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: end(context, .tooLarge)
    case is NIOWebSocketError: end(context, .protocolError)
    // What comes after the frame that was wrong.
    case is ByteToMessageDecoderError: break
    default: context.close(promise: nil)
    }
  }

  private func end(_ context: ChannelHandlerContext, _ violation: WebSocketViolation) {
    guard !ended else { return }
    ended = true
    sendClose(context, code: violation.rawValue)
    // What the peer is still sending is read and dropped: closing with bytes unread would reset the connection, and the
    // peer would never learn why.
    context.fireChannelRead(wrapInboundOut(.message(.close(code: violation.rawValue))))
    context.fireChannelReadComplete()
  }

  private func sendClose(_ context: ChannelHandlerContext, code: UInt16?) {
    guard !closeSent else { return }
    closeSent = true
    var data = context.channel.allocator.buffer(capacity: 2)
    if let code { data.writeInteger(code) }
    context.writeAndFlush(
      wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .frame(let frame) = unwrapOutboundIn(data), !closeSent else {
      promise?.fail(ChannelError.outputClosed)
      return
    }
    if frame.opcode == .connectionClose { closeSent = true }
    context.write(wrapOutboundOut(frame), promise: promise)
  }
}
