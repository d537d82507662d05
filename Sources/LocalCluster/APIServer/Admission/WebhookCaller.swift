import AsyncHTTPClient
import Foundation
import Kubernetes
import NIOCore
import NIOSSL
import Synchronization

/// Calls webhooks over HTTPS at the addresses behind their services, so that neither the service proxy nor a
/// privileged port is needed.
final class WebhookCaller: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Where a webhook is reached.
  struct Target: Hashable, Sendable {
    /// The name its certificate must have.
    var host: String
    /// The address to connect to; nil where the name itself is looked up.
    var address: String?
    var port: Int
    var path: String
    var authority: String
  }

  /// The largest answer that is read.
  private static let answerLimit = 8 << 20

  private let store: Store
  /// One client for each name, address and authority: connections stay open between requests.
  private let clients = Mutex<[Target: HTTPClient]>([:])

  init(store: Store) { self.store = store }

  func shutdown() async {
    let all = clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
    for client in all { try? await client.shutdown() }
  }

  /// Posts a review and returns the answer's body.
  func call(_ config: WebhookClientConfig, _ body: [UInt8], timeout: Int) async throws(Failure) -> [UInt8] {
    var last = Failure(description: "no endpoints available")
    for target in try targets(config).prefix(3) {
      do {
        return try await call(target, body, timeout: timeout)
      } catch {
        last = error
      }
    }
    throw last
  }

  private func call(_ target: Target, _ body: [UInt8], timeout: Int) async throws(Failure) -> [UInt8] {
    let url = "https://\(target.host):\(target.port)\(target.path)?timeout=\(timeout)s"
    do {
      var request = HTTPClientRequest(url: url)
      request.method = .POST
      request.headers = ["content-type": "application/json", "accept": "application/json"]
      request.body = .bytes(ByteBuffer(bytes: body))
      let response = try await client(for: target).execute(request, timeout: .seconds(Int64(timeout)))
      let buffer = try await response.body.collect(upTo: Self.answerLimit)
      guard response.status.code == 200 else {
        throw Failure(description: "Post \"\(url)\": the server answered \(response.status.code)")
      }
      return Array(buffer.readableBytesView)
    } catch let error as Failure {
      throw error
    } catch let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout {
      throw Failure(description: "Post \"\(url)\": context deadline exceeded")
    } catch {
      throw Failure(description: "Post \"\(url)\": \(error)")
    }
  }

  private func client(for target: Target) throws -> HTTPClient {
    var key = target
    key.path = ""
    if let known = clients.withLock({ $0[key] }) { return known }
    var tls = TLSConfiguration.makeClientConfiguration()
    if !target.authority.isEmpty {
      tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(target.authority.utf8)))
    }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.timeout.connect = .seconds(5)
    configuration.httpVersion = .http1Only
    if let address = target.address { configuration.dnsOverride = [target.host: address] }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let (kept, dropped) = clients.withLock { clients -> (HTTPClient, [HTTPClient]) in
      if let known = clients[key] { return (known, [client]) }
      // Endpoints come and go with their pods; what is no longer called must not pile up.
      let old = clients.count >= 32 ? Array(clients.values) : []
      if !old.isEmpty { clients = [:] }
      clients[key] = client
      return (client, old)
    }
    for client in dropped { client.shutdown { _ in } }
    return kept
  }

  /// The places a webhook can be called at, ready endpoints first.
  private func targets(_ config: WebhookClientConfig) throws(Failure) -> [Target] {
    let authority =
      config.caBundle.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
    guard let reference = config.service else {
      guard let text = config.url, let url = URL(string: text), url.scheme == "https", let host = url.host() else {
        throw Failure(description: "clientConfig has neither a service nor an https url")
      }
      return [Target(host: host, port: url.port ?? 443, path: url.path(), authority: authority)]
    }
    let name = "\(reference.name).\(reference.namespace).svc"
    let key = StoreKey("services", namespace: reference.namespace, name: reference.name)
    guard let service = try? store.get(key)?.value().decoded(as: Service.self) else {
      throw Failure(description: "service \"\(reference.name)\" not found in namespace \"\(reference.namespace)\"")
    }
    guard let port = service.spec?.ports?.first(where: { $0.port == reference.port }) else {
      throw Failure(description: "service \"\(name)\" has no port \(reference.port)")
    }
    let targets = endpoints(of: service, port).map { address, number in
      Target(host: name, address: address, port: number, path: reference.path ?? "/", authority: authority)
    }
    guard !targets.isEmpty else {
      throw Failure(description: "no endpoints available for service \"\(reference.name)\"")
    }
    return targets
  }

  /// The ready endpoints of a service's port.
  func endpoints(of service: Service, _ port: ServicePort) -> [(address: String, port: Int)] {
    let slices = (try? store.list("endpointslices.discovery.k8s.io", namespace: service.namespace).objects) ?? []
    return slices.filter { $0.labels["kubernetes.io/service-name"] == service.name }
      .compactMap { try? $0.value().decoded(as: EndpointSlice.self) }
      .flatMap { slice -> [(address: String, port: Int)] in
        let ports = slice.ports ?? []
        let named = ports.first { $0.name == (port.name ?? "") } ?? (ports.count == 1 ? ports.first : nil)
        guard let number = named?.port else { return [] }
        return (slice.endpoints ?? []).filter { $0.conditions?.ready ?? true }
          .flatMap { endpoint in endpoint.addresses.map { ($0, number) } }
      }
  }
}
