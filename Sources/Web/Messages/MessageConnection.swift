import Certificates
import NIOCore
import NIOPosix
import NIOSSL

/// A stream of messages to a ``MessageServer``.
public final class MessageConnection: Sendable {
  private let channel: any Channel

  private init(_ channel: any Channel) { self.channel = channel }

  /// - Parameters:
  ///   - identity: by which the server knows us.
  ///   - authorityPEM: who has to vouch for the server. Its name is not looked at: it goes by many addresses.
  /// - Throws: ``ConnectFailure``.
  public static func open(
    address: String, port: Int, identity: PEMIdentity, authorityPEM: String, timeout: Duration
  ) async throws(ConnectFailure) -> MessageConnection {
    do {
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
        .map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
      configuration.certificateVerification = .noHostnameVerification
      configuration.minimumTLSVersion = .tlsv13
      let context = try NIOSSLContext(configuration: configuration)
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(TimeAmount.milliseconds(timeout.milliseconds))
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers(
              NIOSSLClientHandler(context: context, serverHostname: nil),
              MessageReceiver { _ in channel.close(promise: nil) })
          }
        }
        .connect(host: address, port: port).get()
      return MessageConnection(channel)
    } catch {
      throw ConnectFailure(isRefused: Self.isRefused(error), reason: "\(error)")
    }
  }

  /// Sends without waiting. While what was sent before is still under way nothing is added: whoever reads does not keep
  /// up, and a newer message will say more.
  public func send(_ message: [UInt8]) {
    guard channel.isWritable else { return }
    var buffer = channel.allocator.buffer(capacity: 4 + message.count)
    buffer.writeInteger(UInt32(message.count))
    buffer.writeBytes(message)
    channel.writeAndFlush(buffer, promise: nil)
  }

  /// Returns when the connection has ended.
  public func closed() async { try? await channel.closeFuture.get() }

  public func close() { channel.close(promise: nil) }

  private static func isRefused(_ error: any Error) -> Bool {
    if let error = error as? IOError { return error.errnoCode == 111 }
    if let error = error as? NIOConnectionError {
      return error.connectionErrors.contains { ($0.error as? IOError)?.errnoCode == 111 }
    }
    return false
  }
}

/// Why there is no connection.
public struct ConnectFailure: Error, CustomStringConvertible {
  /// The machine answered that nobody listens.
  public var isRefused: Bool
  public var reason: String

  public var description: String { reason }
}

extension Duration {
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
