import Glibc
import Logging
import NIOCore
import NIOPosix
import Processes

/// Where `matriarch-wal` asks: a Unix socket that only this user can connect to. One connection, one question, one answer.
public struct HelperSocket: Sendable {
  private let path: String
  private let logger: Logger
  private let answer: @Sendable (HelperQuestion) async -> HelperAnswer

  /// - Parameter path: at most 107 bytes, as every socket's.
  public init(
    path: String, logger: Logger, answer: @escaping @Sendable (HelperQuestion) async -> HelperAnswer
  ) {
    self.path = path
    self.logger = logger
    self.answer = answer
  }

  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Longest question: a verb, two names.
  private static let lineLimit = 512

  /// Listens until cancelled.
  public func run() async throws {
    // What a killed manager left behind.
    unlink(path)
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(unixDomainSocketPath: path) { channel in
        channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
      }
    guard chmod(path, 0o600) == 0 else { throw SystemError("set the mode of \(path)") }
    try await server.executeThenClose { connections in
      try await withThrowingDiscardingTaskGroup { group in
        for try await connection in connections { group.addTask { await serve(connection) } }
      }
    }
  }

  private func serve(_ connection: Connection) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        guard let line = try await Self.line(inbound) else { return }
        let answer =
          if let question = HelperQuestion(line) { await self.answer(question) } else {
            HelperAnswer.failed("this is not understood: \"\(line.prefix(100))\"")
          }
        try await outbound.write(ByteBuffer(string: answer.line))
      }
    } catch {
      // postgres has killed the one that asked.
      logger.debug("the one that asked is gone", metadata: ["error": "\(error)"])
    }
  }

  private static func line(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> String? {
    var all = ByteBuffer()
    for try await var bytes in inbound {
      all.writeBuffer(&bytes)
      let view = all.readableBytesView
      if let end = view.firstIndex(of: UInt8(ascii: "\n")) { return String(decoding: view[..<end], as: UTF8.self) }
      if all.readableBytes > lineLimit { return nil }
    }
    return nil
  }
}
