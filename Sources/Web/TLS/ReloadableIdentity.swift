import Certificates
import NIOSSL
import Synchronization

/// A server's certificate and key that can be replaced while the server runs: connections made afterwards use the new.
public final class ReloadableIdentity: Sendable {
  struct Material: Sendable {
    var generation: Int
    var certificates: [NIOSSLCertificate]
    var privateKey: NIOSSLPrivateKey
  }

  private let state: Mutex<(identity: PEMIdentity, material: Material)>

  /// - Throws: ``ServerError/invalidTLS(reason:)`` where the texts are not a certificate and its key.
  public init(_ identity: PEMIdentity) throws(ServerError) {
    state = Mutex((identity, try Self.material(identity, generation: 0)))
  }

  public var identity: PEMIdentity { state.withLock { $0.identity } }

  /// Takes another certificate, key or both; the old stay where the new cannot be used.
  ///
  /// - Throws: ``ServerError/invalidTLS(reason:)``.
  public func replace(with identity: PEMIdentity) throws(ServerError) {
    let fresh = try Self.material(identity, generation: 0)
    state.withLock {
      let generation = $0.material.generation + 1
      $0 = (identity, fresh)
      $0.material.generation = generation
    }
  }

  var material: Material { state.withLock { $0.material } }

  private static func material(_ identity: PEMIdentity, generation: Int) throws(ServerError) -> Material {
    let details: CertificateDetails
    do { details = try CertificateDetails(pem: identity.certificatePEM) } catch {
      throw .invalidTLS(reason: "the server's certificate: \(error)")
    }
    guard details.belongs(to: identity.privateKeyPEM) else {
      throw .invalidTLS(reason: "the private key does not belong to the certificate of \(details.commonName)")
    }
    do {
      return Material(
        generation: generation, certificates: try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)),
        privateKey: try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
    } catch {
      throw .invalidTLS(reason: "the certificate of \(details.commonName) or its key cannot be read")
    }
  }
}

/// The authorities whose clients are believed, replaceable while the server runs.
public final class ReloadableAuthorities: Sendable {
  struct Material: Sendable {
    var generation: Int
    var certificates: [NIOSSLCertificate]
  }

  private let state: Mutex<Material>

  /// - Parameter authorities: PEM texts, each with one or more certificates.
  /// - Throws: ``ServerError/invalidTLS(reason:)``.
  public init(_ authorities: [String] = []) throws(ServerError) {
    state = Mutex(Material(generation: 0, certificates: try Self.parse(authorities)))
  }

  /// - Throws: ``ServerError/invalidTLS(reason:)``; the old authorities stay then.
  public func replace(with authorities: [String]) throws(ServerError) {
    let certificates = try Self.parse(authorities)
    state.withLock { $0 = Material(generation: $0.generation + 1, certificates: certificates) }
  }

  var material: Material { state.withLock { $0 } }

  private static func parse(_ authorities: [String]) throws(ServerError) -> [NIOSSLCertificate] {
    do { return try authorities.flatMap { try NIOSSLCertificate.fromPEMBytes(Array($0.utf8)) } } catch {
      throw .invalidTLS(reason: "a client authority is not a PEM certificate")
    }
  }
}
