import AsyncHTTPClient
import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Asks the instance managers how they are, and for backups, over mutual TLS: they show their cluster's server certificate, we show a
/// key made at start, whose fingerprint stands in every Cluster's status.
struct InstanceClient: Sendable {
  private let http: HTTPClient
  private let certificate: [NIOSSLCertificateSource]
  private let key: NIOSSLPrivateKeySource
  /// SHA-256 of our public key, which the instances compare.
  let fingerprint: String
  private let logger: Logger

  private let deadline: TimeAmount
  private static let longestReport = 1 << 20

  /// - Parameter deadline: how long an instance may take to answer.
  /// - Throws: ``CertificateError`` or `NIOSSLError` when no identity can be made.
  init(http: HTTPClient, deadline: TimeAmount = .seconds(2), logger: Logger, now: Date = .now) throws {
    let authority = try CertificateAuthority(
      create: "matriarch-operator", organizationalUnit: nil, validity: .seconds(3650 * 86_400), now: now)
    let identity = try authority.issue(
      LeafRequest(
        commonName: "matriarch-operator", organizations: [], dnsNames: [], ipAddresses: [], usage: .client,
        validity: .seconds(3650 * 86_400), privateKeyPEM: nil),
      now: now)
    certificate = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map { .certificate($0) }
    key = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
    fingerprint = try CertificateDetails(pem: identity.certificatePEM).publicKeySHA256
    self.http = http
    self.deadline = deadline
    self.logger = logger
  }

  /// What each of the pods says of itself; one that does not answer in time is left out.
  func reports(of pods: [Pod], authorityPEM: String) async -> [String: InstanceReport] {
    await withTaskGroup(of: (String, InstanceReport?).self) { group in
      for pod in pods { group.addTask { (pod.name, await report(of: pod, authorityPEM: authorityPEM)) } }
      var reports: [String: InstanceReport] = [:]
      for await (name, report) in group { reports[name] = report }
      return reports
    }
  }

  /// What a pod says of itself; nil where it does not answer in time.
  func report(of pod: Pod, authorityPEM: String) async -> InstanceReport? {
    guard pod.status?.podIP != nil else { return nil }
    do {
      let (status, body) = try await ask(pod, "/pg/status", authorityPEM: authorityPEM)
      guard status == .ok else {
        // Only ready pods are asked: that one has no answer is worth a line.
        logger.warning(
          "instance reports no status",
          metadata: [
            "instance": "\(pod.name)", "status": "\(status.code)", "answer": "\(String(buffer: body).prefix(200))",
          ])
        return nil
      }
      return try JSON(parsing: body.readableBytesView).decoded(as: InstanceReport.self)
    } catch {
      logger.warning("instance does not answer", metadata: ["instance": "\(pod.name)", "error": "\(error)"])
      return nil
    }
  }

  /// One question to the instance manager of a pod.
  func ask(
    _ pod: Pod, _ path: String, method: HTTPMethod = .GET, authorityPEM: String
  ) async throws -> (HTTPResponseStatus, ByteBuffer) {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
    // The certificate names the cluster's services, not the pod's address.
    tls.certificateVerification = .noHostnameVerification
    tls.minimumTLSVersion = .tlsv13
    tls.certificateChain = certificate
    tls.privateKey = key
    let address = pod.status?.podIP ?? ""
    let host = address.contains(":") ? "[\(address)]" : address
    var request = HTTPClientRequest(url: "https://\(host):\(InstancePorts.status)\(path)")
    request.method = method
    request.tlsConfiguration = tls
    let response = try await http.execute(request, timeout: deadline)
    return (response.status, try await response.body.collect(upTo: Self.longestReport))
  }
}
