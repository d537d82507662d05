import NIOCore
import NIOPosix
import Synchronization

/// A proxy that answers CONNECT and leads everything to one port of this machine.
final class TestProxy: Sendable {
  private let channel: any Channel
  private let log: ConnectLog
  let port: Int

  /// Where clients wanted to go, and how they said who they are.
  var connects: [String] { log.lines.withLock { $0 } }

  private init(_ channel: any Channel, _ log: ConnectLog) {
    self.channel = channel
    self.log = log
    port = channel.localAddress?.port ?? 0
  }

  static func start(target: Int) async throws -> TestProxy {
    let log = ConnectLog()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Tunnel(target: target, log: log))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return TestProxy(channel, log)
  }

  func stop() async throws { try await channel.close() }
}

private final class ConnectLog: Sendable {
  let lines = Mutex<[String]>([])
}

private final class Tunnel: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let target: Int
  private let log: ConnectLog
  private var head = ByteBuffer()
  private var onward: (any Channel)?

  init(target: Int, log: ConnectLog) {
    self.target = target
    self.log = log
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if let onward {
      onward.writeAndFlush(bytes, promise: nil)
      return
    }
    head.writeBuffer(&bytes)
    let text = String(buffer: head)
    guard text.hasSuffix("\r\n\r\n") else { return }
    let lines = text.split(whereSeparator: \.isNewline)
    let host = lines[0].split(separator: " ")[1]
    let authorization = lines.first { $0.lowercased().hasPrefix("proxy-authorization:") }?.dropFirst(20) ?? ""
    log.lines.withLock { $0.append("\(host)\(authorization)") }
    let near = context.channel
    let this = NIOLoopBound(self, eventLoop: context.eventLoop)
    ClientBootstrap(group: context.eventLoop)
      .channelInitializer { far in
        far.eventLoop.makeCompletedFuture { try far.pipeline.syncOperations.addHandler(Onward(near: near)) }
      }
      .connect(host: "127.0.0.1", port: target).whenSuccess { far in
        this.value.onward = far
        near.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 fine\r\n\r\n"), promise: nil)
      }
  }

  func channelInactive(context: ChannelHandlerContext) { onward?.close(promise: nil) }
}

private final class Onward: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let near: any Channel

  init(near: any Channel) { self.near = near }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    near.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { near.close(promise: nil) }
}
