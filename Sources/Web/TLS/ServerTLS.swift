import NIOSSL
import Synchronization

/// How a server proves who it is and what it asks of its clients.
public struct ServerTLS: Sendable {
  public enum ClientCertificateRule: Sendable {
    /// None is asked for.
    case none
    /// One that is shown must be good; without one the client is anonymous.
    case optional
    case required
    /// One that is shown proves nothing but that its owner has the key; the handler compares the key with the one it
    /// expects (``ClientCertificate/publicKeySHA256``). Names in it must not be believed.
    case pinned
  }

  public enum Version: Sendable { case tlsv12, tlsv13 }

  public var identity: ReloadableIdentity
  public var clientAuthorities: ReloadableAuthorities
  public var clientCertificate: ClientCertificateRule
  public var minimumVersion: Version

  public init(
    identity: ReloadableIdentity, clientAuthorities: ReloadableAuthorities? = nil,
    clientCertificate: ClientCertificateRule = .none, minimumVersion: Version = .tlsv12
  ) throws(ServerError) {
    self.identity = identity
    if let clientAuthorities {
      self.clientAuthorities = clientAuthorities
    } else {
      self.clientAuthorities = try ReloadableAuthorities()
    }
    self.clientCertificate = clientCertificate
    self.minimumVersion = minimumVersion
  }
}

/// The TLS context in use, made again after the identity or the authorities were replaced.
///
/// A new context has new session ticket keys, so no session outlives the authorities that admitted it.
final class TLSContextCache: Sendable {
  private let tls: ServerTLS
  private let cached = Mutex<(context: NIOSSLContext, identity: Int, authorities: Int)?>(nil)

  init(_ tls: ServerTLS) { self.tls = tls }

  func context() throws -> NIOSSLContext {
    let identity = tls.identity.material
    let authorities = tls.clientAuthorities.material
    return try cached.withLock { cached in
      if let cached, cached.identity == identity.generation, cached.authorities == authorities.generation {
        return cached.context
      }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: identity.certificates.map { .certificate($0) }, privateKey: .privateKey(identity.privateKey))
      configuration.minimumTLSVersion = tls.minimumVersion == .tlsv13 ? .tlsv13 : .tlsv12
      configuration.applicationProtocols = ["http/1.1"]
      configuration.trustRoots = .certificates(authorities.certificates)
      switch tls.clientCertificate {
      case .none: configuration.certificateVerification = .none
      // Without authorities no certificate could be good, and those who show one would be shut out for it.
      case .optional:
        configuration.certificateVerification = authorities.certificates.isEmpty ? .none : .optionalVerification
      // "No hostname" because clients have none; the chain is verified for the purpose of a TLS client.
      case .required: configuration.certificateVerification = .noHostnameVerification
      // The chain is not looked at: see `makeHandler`.
      case .pinned: configuration.certificateVerification = .optionalVerification
      }
      let context = try NIOSSLContext(configuration: configuration)
      cached = (context, identity.generation, authorities.generation)
      return context
    }
  }

  /// The handler of one connection.
  func makeHandler() throws -> NIOSSLServerHandler {
    guard tls.clientCertificate == .pinned else { return NIOSSLServerHandler(context: try context()) }
    return NIOSSLServerHandler(context: try context(), customVerificationCallback: { $1.succeed(.certificateVerified) })
  }

  /// Whether the handler may be told of a certificate that a peer shows.
  var verifiesClients: Bool {
    switch tls.clientCertificate {
    case .none: false
    case .pinned: true
    case .optional, .required: !tls.clientAuthorities.material.certificates.isEmpty
    }
  }
}
