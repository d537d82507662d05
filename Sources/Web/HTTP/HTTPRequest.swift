import NIOCore
import NIOHTTP1

/// One request, its body still on the way.
public struct HTTPRequest: Sendable {
  /// In capitals: `GET`.
  public let method: String
  /// As sent, percent-encoded, without the query.
  public let path: String
  /// The decoded parts of the path. None is empty, `.` or `..`, and none holds a slash: such requests are answered 400.
  public let segments: [String]
  /// Decoded, in the order sent; a name may stand there several times.
  public let query: [(name: String, value: String)]
  public let headers: HTTPHeaders
  /// The client's IP address; empty for a Unix domain socket.
  public let remoteAddress: String
  /// Who the client proved to be, verified against the server's client authorities; nil without a certificate. With the
  /// rule `pinned` nothing but the key is proved: compare it, believe no name.
  public let clientCertificate: ClientCertificate?
  public let body: RequestBody

  /// The first value of a query parameter.
  public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The whole body.
  ///
  /// - Parameter limit: bytes.
  /// - Throws: ``RequestBodyError``, or `CancellationError` once the client is gone.
  public func collectBody(upTo limit: Int) async throws -> [UInt8] { try await body.collect(upTo: limit) }

  /// Whether the client asks for another protocol on this connection.
  public var isUpgrade: Bool {
    headers.contains(name: "upgrade")
      && headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
  }

  /// The WebSocket subprotocols the client offers, its favourite first.
  public var webSocketSubprotocols: [String] {
    headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
  }
}

/// A client's verified certificate, as far as anybody here wants to know.
public struct ClientCertificate: Sendable, Equatable {
  /// For Kubernetes the user name.
  public let commonName: String
  /// For Kubernetes the groups.
  public let organizations: [String]
  /// Lowercase hexadecimal SHA-256 of the public key (`SubjectPublicKeyInfo`).
  public let publicKeySHA256: String

  public init(commonName: String, organizations: [String], publicKeySHA256: String) {
    self.commonName = commonName
    self.organizations = organizations
    self.publicKeySHA256 = publicKeySHA256
  }
}
