import Foundation

/// Where access tokens for Cloud Storage come from.
protocol GoogleTokenSource: Sendable {
  /// `Service account …`, for messages.
  var identity: String { get }
  /// In which a missing bucket is made, where it is known.
  var project: String? { get }
  func issue() async throws -> Issued<String>
}

/// How requests to Cloud Storage are authorized and what its refusals mean ("HTTP status and error codes for JSON", Google Cloud).
struct GoogleDialect: ServiceDialect {
  let bucket: String
  let source: any GoogleTokenSource
  private let token: Rotating<String>

  init(bucket: String, source: any GoogleTokenSource) {
    self.bucket = bucket
    self.source = source
    token = Rotating { try await source.issue() }
  }

  var service: String { "Google Cloud Storage (bucket \(bucket))" }

  func authorize(_ request: inout ServiceRequest) async throws {
    guard request.address.isSecure || request.address.isLoopback else {
      throw ObjectStorageError.invalidAddress(
        request.address.text, reason: "an access token must not be sent without TLS; use https://")
    }
    request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(try await token.value())")
  }

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    let text = Self.text(answer)
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status): \(text)") }
    let refused = ObjectStorageError.refused(
      service: service, text: text,
      remedy: "\(source.identity) needs the role \"Storage Object Admin\" on bucket \(bucket).")
    switch answer.status {
    case 401:
      token.discard()
      return .again(refused)
    case 403: return .fail(refused)
    case 404 where text.contains("bucket does not exist"):
      return .fail(
        .noBucket(
          "Bucket \(bucket)",
          remedy:
            "It is made when something is written, where the credential permits that and names its project; else make "
            + "it, or correct the name in destinationPath."))
    case 404:
      if let key = request.key { return .fail(.notFound(key)) }
      return .fail(.failed(service: service, status: 404, text: text))
    default: return .fail(.failed(service: service, status: answer.status, text: text))
    }
  }

  private static func text(_ answer: ServiceAnswer) -> String {
    struct Body: Decodable {
      struct Failure: Decodable { var message: String? }
      var error: Failure?
    }
    let body = try? JSONDecoder().decode(Body.self, from: Data(answer.body.readableBytesView))
    return body?.error?.message ?? "\(String(buffer: answer.body).prefix(500))".trimmed
  }
}
