import Certificates
import Foundation
import JWTKit

/// Why the keys of the control plane cannot be had.
public struct PKIError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// The keys and certificates of a control plane, in a folder of its state: one authority, the API server's identity, the
/// key that signs service account tokens, and a client certificate for every component.
///
/// What is missing is made, and certificates in the last third of their life are made anew; keys stay.
public struct PKI: Sendable {
  /// Somebody who talks to the API server with a certificate.
  public enum User: Sendable, Hashable {
    case admin
    case controllerManager
    case scheduler
    case serviceProxy
    /// The node's agent; its certificate is also that of its own server at these addresses.
    case node(String, addresses: [String])

    var fileName: String {
      switch self {
      case .admin: "admin"
      case .controllerManager: "controller-manager"
      case .scheduler: "scheduler"
      case .serviceProxy: "service-proxy"
      case .node(let name, _): "node-\(name)"
      }
    }

    /// The user's name and groups, as Kubernetes has them.
    var request: LeafRequest {
      switch self {
      case .admin: client("kubernetes-admin", ["system:masters"])
      case .controllerManager: client("system:kube-controller-manager", ["system:masters"])
      case .scheduler: client("system:kube-scheduler", ["system:masters"])
      case .serviceProxy: client("system:kube-proxy", ["system:masters"])
      case .node(let name, let addresses):
        LeafRequest(
          commonName: "system:node:\(name)", organizations: ["system:nodes"], dnsNames: [name],
          ipAddresses: addresses, usage: .both, validity: PKI.leafValidity)
      }
    }

    private func client(_ name: String, _ groups: [String]) -> LeafRequest {
      LeafRequest(commonName: name, organizations: groups, usage: .client, validity: PKI.leafValidity)
    }
  }

  static let leafValidity = Duration.seconds(365 * 86400)
  static let authorityValidity = Duration.seconds(10 * 365 * 86400)

  public let directory: String
  public let authority: CertificateAuthority
  /// The key that signs tokens: ECDSA P-256, PEM.
  public let serviceAccountKeyPEM: String

  /// The authority's certificate, PEM: what clients trust.
  public var authorityPEM: String { authority.certificatePEM }

  /// Takes the keys from a folder, which is created with what is missing.
  public init(directory: String, now: Date = .now) throws {
    self.directory = directory
    let files = PKIFiles(directory: directory)
    try files.createDirectory()
    if let certificate = try files.read("ca.crt"), let key = try files.read("ca.key") {
      authority = try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
    } else {
      authority = try CertificateAuthority(create: "matriarch", validity: Self.authorityValidity, now: now)
      try files.write(authority.privateKeyPEM, to: "ca.key")
      try files.write(authority.certificatePEM, to: "ca.crt")
    }
    if let key = try files.read("sa.key") {
      serviceAccountKeyPEM = key
    } else {
      serviceAccountKeyPEM = ES256PrivateKey().pemRepresentation
      try files.write(serviceAccountKeyPEM, to: "sa.key")
    }
  }

  /// The client certificate of a user.
  public func identity(_ user: User, now: Date = .now) throws -> PEMIdentity {
    try identity(user.fileName, user.request, now: now)
  }

  /// The API server's own certificate.
  ///
  /// - Parameters:
  ///   - addresses: where it listens, and the address of the Service `kubernetes`.
  public func server(addresses: [String], clusterDomain: String, now: Date = .now) throws -> PEMIdentity {
    let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    return try identity(
      "apiserver",
      LeafRequest(
        commonName: "kube-apiserver", dnsNames: names + ["kubernetes.default.svc.\(clusterDomain)", "localhost"],
        ipAddresses: addresses, usage: .server, validity: Self.leafValidity), now: now)
  }

  /// The certificate by which nodes know the API server.
  public func nodeClient(now: Date = .now) throws -> PEMIdentity {
    try identity(
      "apiserver-kubelet-client",
      LeafRequest(
        commonName: "kube-apiserver-kubelet-client", organizations: ["system:masters"], usage: .client,
        validity: Self.leafValidity), now: now)
  }

  func identity(_ name: String, _ request: LeafRequest, now: Date) throws -> PEMIdentity {
    let files = PKIFiles(directory: directory)
    let certificate = try files.read("\(name).crt")
    let key = try files.read("\(name).key")
    if let certificate, let key, isCurrent(certificate, request, now: now) {
      return PEMIdentity(certificatePEM: certificate, privateKeyPEM: key)
    }
    var request = request
    request.privateKeyPEM = key
    let identity = try authority.issue(request, now: now)
    // The key first: a certificate without its key would be of no use.
    try files.write(identity.privateKeyPEM, to: "\(name).key")
    try files.write(identity.certificatePEM, to: "\(name).crt")
    return identity
  }

  private func isCurrent(_ certificate: String, _ request: LeafRequest, now: Date) -> Bool {
    guard let details = try? CertificateDetails(pem: certificate) else { return false }
    let life = details.notAfter.timeIntervalSince(details.notBefore)
    return details.notAfter.timeIntervalSince(now) > life / 3 && details.isSigned(by: authorityPEM)
      && details.commonName == request.commonName && Set(details.organizations) == Set(request.organizations)
      && Set(details.dnsNames) == Set(request.dnsNames) && Set(details.ipAddresses) == Set(request.ipAddresses)
  }
}
