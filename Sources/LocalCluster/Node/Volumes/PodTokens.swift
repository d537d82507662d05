import Foundation
import Kubernetes

/// The tokens of a pod's service account, renewed when 80 % of their life is over, as the kubelet does.
struct PodTokens: Sendable {
  /// What is asked of a token.
  struct Request: Sendable, Hashable {
    var audience: String
    var lifetime: Int

    init(_ projection: ServiceAccountTokenProjection) {
      audience = projection.audience ?? ""
      lifetime = projection.expirationSeconds
    }
  }

  struct Token: Sendable, Equatable {
    var text: String
    var renewal: Date
    var expiry: Date

    init(text: String, issued: Date, expiry: Date) {
      self.text = text
      self.expiry = expiry
      renewal = issued + expiry.timeIntervalSince(issued) * 0.8
    }
  }

  private(set) var tokens: [Request: Token] = [:]

  /// Which tokens the pod's volumes want.
  static func requests(of spec: PodSpec) -> Set<Request> {
    Set(
      (spec.volumes ?? []).flatMap { $0.projected?.sources ?? [] }.compactMap(\.serviceAccountToken).map(Request.init))
  }

  /// The tokens to ask for now.
  func due(_ requests: Set<Request>, now: Date) -> [Request] {
    requests.filter { request in tokens[request].map { $0.renewal <= now } ?? true }
  }

  mutating func note(_ token: Token, for request: Request) { tokens[request] = token }

  var nextRenewal: Date? { tokens.values.map(\.renewal).min() }

  /// Asks the API server for a token that is bound to the pod.
  static func issue(_ request: Request, for pod: Pod, client: KubernetesClient) async throws -> Token {
    let account = pod.spec?.serviceAccountName ?? "default"
    let body = TokenRequest.with {
      $0.apiVersion = TokenRequest.resource.apiVersion
      $0.kind = TokenRequest.resource.kind
      $0.spec.audiences = request.audience.isEmpty ? [] : [request.audience]
      $0.spec.expirationSeconds = request.lifetime
      $0.spec.boundObjectRef = .with {
        $0.apiVersion = "v1"
        $0.kind = "Pod"
        $0.name = pod.name
        $0.uid = pod.uid
      }
    }
    let issued = Date()
    let answer = try await client.request(
      method: "POST", path: ServiceAccount.resource.path(namespace: pod.namespace, name: account, subresource: "token"),
      body: JSON(encoding: body).serialized(), deadline: .seconds(10))
    let status = try answer.json().decoded(as: TokenRequest.self).status
    guard let status, let expiry = Timestamps.date(status.expirationTimestamp) else {
      throw VolumeFailure.token("the API server answered without a token for the service account \"\(account)\"")
    }
    return Token(text: status.token, issued: issued, expiry: expiry)
  }
}
