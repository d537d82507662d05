import NIOCore
import NIOPosix
import NIOSSL

/// A client that says exactly what a test tells it to.
actor RawClient {
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator?
  private(set) var received = ByteBuffer()
  private(set) var ended = false
  let channel: any Channel

  private init(
    _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    _ iterator: sending NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, _ channel: any Channel
  ) {
    self.outbound = outbound
    self.iterator = iterator
    self.channel = channel
  }

  /// - Parameters:
  ///   - authority: PEM; nil connects without TLS.
  ///   - halfClosure: go on sending when the server has ended its direction. NIO then takes five seconds to end TLS.
  static func with<Result: Sendable>(
    port: Int, authority: String? = nil, halfClosure: Bool = false,
    _ body: @escaping @Sendable (RawClient) async throws -> Result
  ) async throws -> Result {
    let context = try authority.map { pem in
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
      return try NIOSSLContext(configuration: configuration)
    }
    let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: halfClosure)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: "localhost"))
          }
          return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await within {
      try await client.executeThenClose { inbound, outbound in
        try await body(RawClient(outbound, inbound.makeAsyncIterator(), client.channel))
      }
    }
  }

  func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
  func send(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }
  func closeOutput() async throws { try await channel.close(mode: .output) }

  private func more() async throws -> Bool {
    guard !ended, var taken = iterator.take() else { return false }
    var chunk: ByteBuffer?
    do { chunk = try await taken.next(isolation: self) } catch { chunk = nil }
    iterator = taken
    guard var chunk else {
      ended = true
      return false
    }
    received.writeBuffer(&chunk)
    return true
  }

  /// Reads until the text is there and takes everything up to its end; everything, where the connection ends first.
  func read(upTo text: String) async throws -> String {
    while true {
      let bytes = Array(received.readableBytesView)
      if let range = bytes.firstRange(of: Array(text.utf8)) { return received.readString(length: range.upperBound)! }
      guard try await more() else { return received.readString(length: received.readableBytes)! }
    }
  }

  /// Reads until `count` bytes are there; fewer, where the connection ends first.
  func read(count: Int) async throws -> [UInt8] {
    while received.readableBytes < count, try await more() {}
    return received.readBytes(length: min(count, received.readableBytes))!
  }

  /// Reads until the connection ends.
  func readToEnd() async throws -> [UInt8] {
    while try await more() {}
    return received.readBytes(length: received.readableBytes)!
  }
}
