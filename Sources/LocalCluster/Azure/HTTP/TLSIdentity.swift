import Certificates
import NIOSSL
import Synchronization

/// The certificate of the service, replaceable while it runs: connections made afterwards see the new one.
final class TLSIdentity: Sendable {
  private let current: Mutex<NIOSSLContext>

  init(_ identity: PEMIdentity) throws { current = Mutex(try Self.make(identity)) }

  func replace(with identity: PEMIdentity) throws {
    let context = try Self.make(identity)
    current.withLock { $0 = context }
  }

  func context() throws -> NIOSSLContext { current.withLock { $0 } }

  private static func make(_ identity: PEMIdentity) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
        .certificate($0)
      },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }
}
