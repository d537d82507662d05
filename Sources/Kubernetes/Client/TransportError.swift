import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

/// A request that got no answer. Unlike after an ``APIError`` a write may have happened all the same: read before
/// writing again, or write so that repeating it does no harm.
public struct TransportError: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// No connection: nothing was sent.
    case unreachable
    case deadlineExceeded
    case connectionLost
    /// The server agreed, but what it answered is no JSON, not of the type asked for, or too large.
    case unreadableAnswer
  }

  public let kind: Kind
  /// `GET /api/v1/pods`
  public let request: String
  public let server: String
  public let cause: String

  /// False only where the request certainly did not reach the server.
  public var isResultUnknown: Bool { kind != .unreachable }

  public var description: String {
    switch kind {
    case .unreachable: "\(request): cannot reach the API server at \(server): \(cause)"
    case .deadlineExceeded: "\(request): no answer from the API server at \(server) in time; it may have happened"
    case .connectionLost:
      "\(request): the connection to the API server at \(server) broke (\(cause)); it may have happened"
    case .unreadableAnswer: "\(request): cannot read the answer of the API server at \(server): \(cause)"
    }
  }
}

extension TransportError {
  init(_ error: any Error, request: String, server: String) {
    self.init(kind: Self.kind(of: error), request: request, server: server, cause: Self.text(of: error))
  }

  private static func kind(of error: any Error) -> Kind {
    switch error {
    case is NIOConnectionError: return .unreachable
    case let error as IOError where error.errnoCode == ECONNREFUSED || error.errnoCode == EHOSTUNREACH:
      return .unreachable
    case let error as NIOSSLError:
      if case .handshakeFailed = error { return .unreachable }
      return .connectionLost
    case is NIOSSLExtraError: return .unreachable
    case let error as HTTPClientError:
      switch error {
      case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown: return .unreachable
      case .deadlineExceeded, .readTimeout: return .deadlineExceeded
      default: return .connectionLost
      }
    case is DeadlineExceeded: return .deadlineExceeded
    default: return .connectionLost
    }
  }

  private static func text(of error: any Error) -> String {
    switch error {
    case let error as HTTPClientError:
      error.shortDescription.lowercased()
    case let error as NIOConnectionError:
      error.connectionErrors.first.map { "\($0.error)" } ?? "\(error)"
    case let error as NIOSSLError:
      "TLS: \(error); is the certificate authority in the configuration the server's?"
    default: "\(error)"
    }
  }
}
