import NIOCore

/// One side of a spliced connection: whatever is read here is written to the partner, end of input included.
///
/// A side is read only while its partner can take more, so a slow reader slows the writer down instead of filling
/// memory. Both sides live on one event loop; all of this runs there.
///
/// A peer that has sent its last byte is read to the end even before there is a partner, whatever was asked of the
/// channel (NIO does so when the kernel reports the end). That is kept until there is one; it is at most what the
/// kernel had buffered.
final class SpliceHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var partner: SpliceHandler?
  /// What came before there was a partner, and whether nothing follows it; nil afterwards.
  private var early: (buffers: [ByteBuffer], hasEnded: Bool)? = ([], false)
  private var context: ChannelHandlerContext?
  private var isReadPending = false
  private let whenActive: ((SpliceHandler, any Channel) -> Void)?

  /// - Parameter whenActive: called once the channel is connected; nothing is asked for before a partner is joined.
  init(whenActive: ((SpliceHandler, any Channel) -> Void)? = nil) { self.whenActive = whenActive }

  static func join(_ first: SpliceHandler, _ second: SpliceHandler) {
    first.partner = second
    second.partner = first
    first.passOnEarly()
    second.passOnEarly()
    first.resumeReading()
    second.resumeReading()
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    partner = nil
  }

  func channelActive(context: ChannelHandlerContext) {
    context.fireChannelActive()
    whenActive?(self, context.channel)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    if early != nil {
      early?.buffers.append(buffer)
    } else {
      partner?.context?.write(NIOAny(buffer), promise: nil)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    partner?.context?.flush()
  }

  func read(context: ChannelHandlerContext) {
    if let other = partner?.context, other.channel.isWritable {
      context.read()
    } else {
      isReadPending = true
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.resumeReading() }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent {
      // The peer sent its last byte but may still be reading (shutdown(2) with SHUT_WR): pass exactly that on.
      if early != nil {
        early?.hasEnded = true
      } else {
        partner?.context?.close(mode: .output, promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    closePartner()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
    closePartner()
  }

  private func closePartner() {
    guard let other = partner else { return }
    partner = nil
    // Closing waits for nothing; what was written before goes out first.
    other.context?.flush()
    other.context?.close(promise: nil)
  }

  private func passOnEarly() {
    guard let early else { return }
    self.early = nil
    for buffer in early.buffers { partner?.context?.write(NIOAny(buffer), promise: nil) }
    partner?.context?.flush()
    if early.hasEnded { partner?.context?.close(mode: .output, promise: nil) }
  }

  private func resumeReading() {
    guard isReadPending, let context else { return }
    isReadPending = false
    read(context: context)
  }
}
