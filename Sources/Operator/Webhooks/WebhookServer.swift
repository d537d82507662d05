import Certificates
import ClusterAPI
import Kubernetes
import Logging
import ServiceLifecycle
import Web

/// Serves the admission webhooks, and `/readyz` for the operator's own probes.
struct WebhookServer: ServiceLifecycle.Service {
  let certificates: WebhookCertificates
  let reviewer: AdmissionReviewer
  let address: String
  let port: Int
  let logger: Logger

  /// Kubernetes' own limit for the objects in a review, twice over: the old and the new one.
  private static let largestReview = 7 << 20
  private static let renewal = Duration.seconds(12 * 3600)

  func run() async throws {
    let identity = try ReloadableIdentity(try await certificates.identity())
    let server = HTTPServer(
      address: address, port: port, tls: try ServerTLS(identity: identity, minimumVersion: .tlsv13), logger: logger,
      handler: handle)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask {
        while true {
          try await Task.sleep(for: Self.renewal)  // certificates live for weeks
          do {
            try identity.replace(with: try await certificates.identity())
          } catch let error where !(error is CancellationError) {
            logger.error("webhook certificate is not renewed", metadata: ["error": "\(error)"])
          }
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  @Sendable private func handle(_ request: HTTPRequest) async -> HTTPResponse {
    if request.path == "/readyz" { return .text("ok") }
    guard request.method == "POST" else { return .text("not found\n", status: 404) }
    do {
      let body = try await request.collectBody(upTo: Self.largestReview)
      guard let answer = reviewer.answer(try JSON(parsing: body), path: request.path) else {
        return .text("expected an AdmissionReview with a request\n", status: 400)
      }
      return .json(answer.serialized())
    } catch {
      return .text("\(error)\n", status: 400)
    }
  }
}
