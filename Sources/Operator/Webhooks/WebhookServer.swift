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
  /// How long an identity is shown; certificates live for weeks.
  private static let renewal = Duration.seconds(12 * 3600)
  /// How often the webhook configurations and the authority's Secret are looked at. While the one does not fit the other,
  /// every write to one of our kinds fails.
  private static let check = Duration.seconds(10)

  func run() async throws {
    let authority = try await certificates.authority()
    let identity = try ReloadableIdentity(try certificates.identity(by: authority))
    try await certificates.inject(authority)
    let server = HTTPServer(
      address: address, port: port, tls: try ServerTLS(identity: identity, minimumVersion: .tlsv13), logger: logger,
      handler: handle)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      group.addTask {
        var shown = authority.certificatePEM
        var issued = ContinuousClock.now
        while true {
          try await Task.sleep(for: Self.check)
          do {
            let current = try await certificates.authority()
            if current.certificatePEM != shown || ContinuousClock.now - issued > Self.renewal {
              try identity.replace(with: try certificates.identity(by: current))
              (shown, issued) = (current.certificatePEM, .now)
            }
            try await certificates.inject(current)
          } catch let error where !(error is CancellationError) {
            logger.error("the webhooks' certificates are not looked after", metadata: ["error": "\(error)"])
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
