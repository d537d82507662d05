/// Why a request is answered by the server itself.
enum RequestViolation: Error, Equatable {
  case malformed(String)
  case headersTooLarge(limit: Int)
  case bodyTooLarge(limit: Int)
  case unsupportedVersion
  case notAWebSocket(String)

  var status: Int {
    switch self {
    case .malformed: 400
    case .headersTooLarge: 431
    case .bodyTooLarge: 413
    case .unsupportedVersion: 505
    case .notAWebSocket: 426
    }
  }

  var message: String {
    switch self {
    case .malformed(let reason): "malformed request: \(reason)"
    case .headersTooLarge(let limit): "the request's header is larger than \(limit) bytes"
    case .bodyTooLarge(let limit): "the request's body is larger than \(limit) bytes"
    case .unsupportedVersion: "only HTTP/1.1 is spoken here"
    case .notAWebSocket(let reason): "a WebSocket is expected here: \(reason)"
    }
  }
}
