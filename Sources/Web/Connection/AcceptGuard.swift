import Logging
import NIOCore

/// Keeps a listening socket alive when accepting fails, above all for want of file descriptors (EMFILE): it says so and
/// pauses for a second, instead of spinning or ending the server.
final class AcceptGuard: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = Never

  private let logger: Logger
  private var paused = false
  private var readWanted = false

  init(logger: Logger) { self.logger = logger }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !paused else { return }
    paused = true
    logger.error("cannot accept a connection", metadata: ["error": "\(error)"])
    context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
      self.paused = false
      if self.readWanted {
        self.readWanted = false
        context.read()
      }
    }
  }

  func read(context: ChannelHandlerContext) {
    if paused { readWanted = true } else { context.read() }
  }
}
