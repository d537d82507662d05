import Certificates
import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// Receives streams of messages from clients that prove themselves by a certificate.
///
/// A message is a length of four bytes, the most significant first, and so many bytes. Nothing is answered.
public final class MessageServer: Sendable {
  /// More than any message has; a longer one ends the connection.
  static let limit = 1 << 20

  private let address: String
  private let port: Int
  private let tls: TLSContextCache
  private let client: String
  private let logger: Logger
  private let receive: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - client: the common name in the certificates of those who are listened to; the authority vouches for others too.
  ///   - receive: called for each message, in the order of its stream; must not block.
  public init(
    address: String, port: Int, tls: ServerTLS, client: String, logger: Logger,
    receive: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.address = address
    self.port = port
    self.tls = TLSContextCache(tls)
    self.client = client
    self.logger = logger
    self.receive = receive
  }

  /// Listens until it is cancelled.
  ///
  /// - Throws: ``ServerError/cannotListen(_:reason:)``.
  public func run() async throws {
    let open = OpenChannels()
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { [tls, client, logger, receive] channel in
        channel.eventLoop.makeCompletedFuture {
          open.add(channel)
          try channel.pipeline.syncOperations.addHandlers(
            tls.makeHandler(), ClientNameCheck(client, logger), ByteToMessageHandler(MessageDecoder()),
            MessageReceiver(receive))
        }
      }
    let channel: any Channel
    do { channel = try await bootstrap.bind(host: address, port: port).get() } catch {
      throw ServerError.cannotListen(.ip(address, port: port), reason: "\(error)")
    }
    await withTaskCancellationHandler {
      try? await channel.closeFuture.get()
    } onCancel: {
      channel.close(promise: nil)
      open.closeAll()
    }
  }
}

/// Cuts the bytes of a connection into messages.
struct MessageDecoder: ByteToMessageDecoder {
  typealias InboundOut = ByteBuffer

  mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return .needMoreData }
    guard length <= MessageServer.limit else { throw MessageError.tooLong(Int(length)) }
    guard buffer.readableBytes >= 4 + Int(length) else { return .needMoreData }
    buffer.moveReaderIndex(forwardBy: 4)
    if let message = buffer.readSlice(length: Int(length)) { context.fireChannelRead(wrapInboundOut(message)) }
    return .continue
  }
}

/// What ends a stream of messages.
enum MessageError: Error {
  case tooLong(Int)
}

/// Ends the connection of a client whose certificate has another name, before anything of it is heard.
final class ClientNameCheck: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let name: String
  private let logger: Logger
  private var isKnown = false

  init(_ name: String, _ logger: Logger) {
    self.name = name
    self.logger = logger
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !isKnown {
      let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
      let found = certificate.flatMap { try? CertificateDetails(der: $0.toDERBytes()) }?.commonName
      guard found == name else {
        logger.warning("a stream of messages was refused", metadata: ["client": "\(found ?? "")"])
        return context.close(promise: nil)
      }
      isKnown = true
    }
    context.fireChannelRead(data)
  }
}

/// Hands messages over; any error ends the connection.
final class MessageReceiver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let receive: @Sendable ([UInt8]) -> Void

  init(_ receive: @escaping @Sendable ([UInt8]) -> Void) { self.receive = receive }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    receive(Array(unwrapInboundIn(data).readableBytesView))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
