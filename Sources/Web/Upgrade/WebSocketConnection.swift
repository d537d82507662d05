import NIOCore
import NIOWebSocket

/// A WebSocket, the server's side. Fragments, pings and the size limit are dealt with below it.
public struct WebSocketConnection: Sendable {
  let input: ConnectionInput
  let outbound: NIOAsyncChannelOutboundWriter<OutboundPart>

  /// What the peer says; the last element is ``WebSocketMessage/close(code:)``. To be read once, by one task.
  public var messages: Messages { Messages(input: input) }

  public struct Messages: AsyncSequence, Sendable {
    let input: ConnectionInput

    public struct AsyncIterator: AsyncIteratorProtocol {
      let input: ConnectionInput
      var ended = false

      public mutating func next() async throws -> WebSocketMessage? {
        guard !ended else { return nil }
        guard case .message(let message)? = try await input.next() else {
          ended = true
          // 1006 is never sent: it says that no close frame came.
          return .close(code: 1006)
        }
        if case .close = message { ended = true }
        return message
      }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(input: input) }
  }

  /// Returns when there is room for more.
  ///
  /// - Throws: once the peer is gone.
  public func send(binary bytes: some Sequence<UInt8> & Sendable) async throws {
    try await outbound.write(.frame(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: bytes))))
  }

  public func send(text: String) async throws {
    try await outbound.write(.frame(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))))
  }

  /// Says goodbye; messages of the peer may still come until it answers.
  ///
  /// - Parameter reason: at most 123 bytes of it are sent.
  public func close(code: UInt16 = 1000, reason: String = "") async throws {
    var data = ByteBuffer()
    data.writeInteger(code)
    var text = reason
    while text.utf8.count > 123 { text.removeLast() }
    data.writeString(text)
    try await outbound.write(.frame(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)))
  }

  /// How long a peer has to answer our goodbye.
  private static let farewell: Duration = .seconds(5)

  /// Says goodbye and waits for the peer's answer, so that the last message is not lost in a reset.
  func finish(code: UInt16) async throws {
    try await close(code: code)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        while case .message(let message)? = try? await input.next() {
          if case .close = message { return }
        }
      }
      group.addTask { try? await Task.sleep(for: Self.farewell) }
      await group.next()
      group.cancelAll()
    }
  }
}
