import Crypto
import FoundationEssentials
import NIOHTTP1

/// The opening handshake of RFC 6455, the server's side.
struct WebSocketHandshake {
  private let accept: String
  private let subprotocol: String

  /// - Parameter subprotocol: one that the client offered, or empty.
  init(_ head: HTTPRequestHead, subprotocol: String) throws(RequestViolation) {
    guard head.method == .GET else { throw .notAWebSocket("the method must be GET") }
    let upgrade = head.headers[canonicalForm: "upgrade"]
    let connection = head.headers[canonicalForm: "connection"]
    guard
      upgrade.contains(where: { $0.lowercased() == "websocket" }),
      connection.contains(where: { $0.lowercased() == "upgrade" })
    else { throw .notAWebSocket("the request lacks \"Connection: Upgrade\" and \"Upgrade: websocket\"") }
    guard head.headers["sec-websocket-version"] == ["13"] else {
      throw .notAWebSocket("Sec-WebSocket-Version must be 13")
    }
    let keys = head.headers["sec-websocket-key"]
    guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
      throw .notAWebSocket("Sec-WebSocket-Key must be 16 bytes in base64")
    }
    // The GUID is the one RFC 6455 names; it shows that the server knows what it agrees to.
    let digest = Insecure.SHA1.hash(data: Data((keys[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
    accept = Data(digest).base64EncodedString()
    self.subprotocol = subprotocol
  }

  func response(headers: HTTPHeaders) -> HTTPResponseHead {
    var head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
    head.headers.replaceOrAdd(name: "upgrade", value: "websocket")
    head.headers.replaceOrAdd(name: "connection", value: "Upgrade")
    head.headers.replaceOrAdd(name: "sec-websocket-accept", value: accept)
    if !subprotocol.isEmpty { head.headers.replaceOrAdd(name: "sec-websocket-protocol", value: subprotocol) }
    return head
  }
}
