import NIOCore
import NIOWebSocket

/// What a WebSocket's peer said.
public enum WebSocketMessage: Sendable, Equatable {
  case binary([UInt8])
  case text(String)
  /// The last one. `code` is nil where the peer gave none, or went away without a word (then it is 1006).
  case close(code: UInt16?)
}

/// Why a WebSocket is ended by us, with the code of RFC 6455 §7.4.1.
enum WebSocketViolation: UInt16, Error, Equatable {
  case protocolError = 1002
  case notUTF8 = 1007
  case tooLarge = 1009
}

/// Puts the fragments of messages together.
struct MessageAssembler {
  private let limit: Int
  private var opcode: WebSocketOpcode?
  private var collected: [UInt8] = []

  init(limit: Int) { self.limit = limit }

  /// Takes the next data frame; control frames may come in between and are not for here.
  ///
  /// - Returns: the message, once it is whole.
  mutating func receive(_ frame: WebSocketFrame) throws(WebSocketViolation) -> WebSocketMessage? {
    // Extensions would use the reserved bits; none was agreed.
    guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { throw .protocolError }
    switch frame.opcode {
    case .binary, .text:
      guard opcode == nil else { throw .protocolError }
      opcode = frame.opcode
    case .continuation:
      guard opcode != nil else { throw .protocolError }
    default: throw .protocolError
    }
    guard collected.count + frame.length <= limit else { throw .tooLarge }
    collected.append(contentsOf: frame.unmaskedData.readableBytesView)
    guard frame.fin else { return nil }
    defer {
      collected = []
      opcode = nil
    }
    guard opcode == .text else { return .binary(collected) }
    guard let text = String(validating: collected, as: UTF8.self) else { throw .notUTF8 }
    return .text(text)
  }
}
