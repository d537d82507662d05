import AsyncHTTPClient
import Certificates
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// A client of the Kubernetes API over HTTP/1.1 with connections that stay open.
///
/// Three things can come of a request: its answer, an ``APIError`` (the server refused; nothing happened) or a
/// ``TransportError`` (nobody knows, unless it says `unreachable`).
public final class KubernetesClient: Sendable {
  public let configuration: ClientConfiguration
  /// Who the server records as manager of the fields that this client writes.
  public let userAgent: String
  let deadline: Duration
  let tokens: TokenSource
  /// Requests with an answer that ends.
  let requests: HTTPClient
  /// Watches and logs: over HTTP/1.1 each holds a connection, and many must not starve the requests.
  let streams: HTTPClient
  let server: String
  let logger: Logger

  /// - Parameter deadline: for each request whose caller names none, all attempts together.
  /// - Throws: ``ConfigurationError`` for certificates that cannot be read.
  public init(
    _ configuration: ClientConfiguration, userAgent: String = "matriarch", deadline: Duration = .seconds(30),
    logger: Logger = Logger(label: "kubernetes")
  ) throws {
    self.configuration = configuration
    self.userAgent = userAgent
    self.deadline = deadline
    self.logger = logger
    tokens = TokenSource(configuration.credential)
    server = configuration.server.hasSuffix("/") ? String(configuration.server.dropLast()) : configuration.server
    guard server.hasPrefix("https://") || server.hasPrefix("http://") else {
      throw ConfigurationError("\"\(configuration.server)\" is no server address: it must start with https://")
    }
    let settings = try Self.settings(configuration)
    requests = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    var forStreams = settings
    forStreams.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
    streams = HTTPClient(eventLoopGroupProvider: .singleton, configuration: forStreams)
  }

  /// Closes all connections; call it once, when nothing uses the client any more.
  public func shutdown() async {
    for client in [requests, streams] {
      do {
        try await client.shutdown()
      } catch {
        logger.debug("closing the connections to the API server", metadata: ["error": "\(error)"])
      }
    }
  }

  private static func settings(_ configuration: ClientConfiguration) throws -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    do {
      if let pem = configuration.authorityPEM {
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
      }
      if case .certificate(let identity) = configuration.credential {
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8))
          .map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
      }
    } catch {
      throw ConfigurationError(
        "the certificates or the key for the API server at \(configuration.server) are not valid PEM: \(error)")
    }
    if configuration.skipsServerVerification { tls.certificateVerification = .none }
    var settings = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
    settings.httpVersion = .http1Only
    // Below the idle time of API servers (Kubernetes' is 90 s), so that a request seldom meets a closed connection.
    settings.connectionPool.idleTimeout = .seconds(30)
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
    // Callers have a back-off of their own and want to know that the server is away.
    settings.connectionPool.retryConnectionEstablishment = false
    return settings
  }
}
