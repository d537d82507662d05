import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What arrives on a connection, before and after an upgrade.
enum InboundPart: Sendable {
  case head(HTTPRequestHead)
  case body(ByteBuffer)
  case end
  /// Nothing that follows can be understood.
  case invalid(RequestViolation)
  case message(WebSocketMessage)
  case bytes(ByteBuffer)
}

/// What a connection sends, before and after an upgrade.
enum OutboundPart: Sendable {
  case head(HTTPResponseHead)
  case body(ByteBuffer)
  case end
  /// Sends the header (101) and speaks another protocol from then on.
  case upgrade(HTTPResponseHead, to: UpgradedProtocol)
  case frame(WebSocketFrame)
  case bytes(ByteBuffer)
  /// Closes the connection once all that was written has left.
  case finish
  /// Ends our direction; the peer may go on.
  case closeOutput
}

enum UpgradedProtocol: Sendable {
  case webSocket(messageLimit: Int)
  case tunnel
}
