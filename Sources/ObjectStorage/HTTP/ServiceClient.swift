import AsyncHTTPClient
import Logging
import NIOCore
import NIOSSL

/// The connections to a service and to those that issue its tokens. They stay open between requests.
final class ServiceClient: Sendable {
  struct Limits: Sendable {
    var connect: Duration = .seconds(10)
    /// Between two pieces of an answer, and until its beginning.
    var idle: Duration = .seconds(30)
    /// Sending is given the idle time and, beyond it, as long as it takes at this rate.
    var slowestBytesPerSecond = 64 << 10
    var policy = RetryPolicy()
  }

  let limits: Limits
  let logger: Logger
  private let direct: HTTPClient
  private let proxied: HTTPClient?
  private let proxySettings: ProxySettings

  /// - Parameters:
  ///   - authorities: PEM, trusted besides the system's.
  ///   - variables: of the environment: the proxy's, and `SSL_CERT_FILE`, whose authorities are trusted besides as well.
  init(
    authorities: String? = nil, variables: [String: String], limits: Limits = Limits(), logger: Logger
  ) throws(ObjectStorageError) {
    self.limits = limits
    self.logger = logger
    proxySettings = try ProxySettings(variables)
    var settings = HTTPClient.Configuration(
      tlsConfiguration: try Self.trust(authorities, file: variables["SSL_CERT_FILE"]),
      redirectConfiguration: .disallow,
      timeout: .init(connect: .init(limits.connect), read: .init(limits.idle)))
    settings.httpVersion = .http1Only
    // Below the idle time of the services (Azure and S3 close after minutes), so that a request seldom meets a closed connection.
    settings.connectionPool.idleTimeout = .seconds(45)
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    // We have a policy of our own, and want to know why.
    settings.connectionPool.retryConnectionEstablishment = false
    direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    proxied = proxySettings.proxy.map { proxy in
      settings.proxy = .server(
        host: proxy.host, port: proxy.port,
        authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
      return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }
  }

  func client(for address: ServiceAddress) -> HTTPClient {
    if let proxied, proxySettings.usesProxy(for: address) { return proxied }
    return direct
  }

  func shutdown() async {
    for client in [direct, proxied].compactMap({ $0 }) {
      do {
        try await client.shutdown()
      } catch {
        logger.debug("closing the connections to object storage", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Instead of ``shutdown()`` where no request was made yet.
  func abandon() {
    for client in [direct, proxied].compactMap({ $0 }) { client.shutdown { _ in } }
  }

  private static func trust(_ pem: String?, file: String?) throws(ObjectStorageError) -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let pem {
      let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(pem.utf8))
      guard let certificates, !certificates.isEmpty else {
        throw .invalidAddress("endpointCA", reason: "it is no certificate in PEM form")
      }
      tls.additionalTrustRoots.append(.certificates(certificates))
    }
    if let file, !file.isEmpty {
      let certificates = try? NIOSSLCertificate.fromPEMFile(file)
      guard let certificates, !certificates.isEmpty else {
        throw .invalidAddress("SSL_CERT_FILE", reason: "\(file) holds no certificate in PEM form, or cannot be read")
      }
      tls.additionalTrustRoots.append(.certificates(certificates))
    }
    return tls
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
