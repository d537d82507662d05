/// What one client may ask of a server: every size and every wait is bounded.
public struct ServerLimits: Sendable {
  /// Connections at once; one more is closed as soon as it is accepted.
  public var connections = 4096
  /// Bytes of all header fields of a request; more is answered 431.
  public var headerBytes = 64 << 10
  /// Bytes of a request's body; more is answered 413. A handler may ask for less.
  public var bodyBytes = 8 << 20
  /// Bytes of one WebSocket message, all its fragments together; more closes the connection with 1009.
  public var webSocketMessageBytes = 4 << 20
  /// From accepting a connection to the end of its first request's header, the TLS handshake included.
  public var headerTimeout: Duration = .seconds(10)
  /// From the end of a response to the end of the next request's header.
  public var idleTimeout: Duration = .seconds(120)
  /// The longest a client may let a body pause that somebody waits for.
  public var bodyTimeout: Duration = .seconds(30)
  /// The longest a client may take nothing from a response that waits to be sent. Upgraded connections are exempt: a
  /// terminal may stand still.
  public var stalledWriteTimeout: Duration = .seconds(300)
  /// How long requests that run at a graceful shutdown may go on.
  public var shutdownGrace: Duration = .seconds(10)

  public init() {}
}
