import NIOCore
import NIOHTTP1
import Synchronization

/// How requests to S3 are signed and what its refusals mean ("Error responses", Amazon S3 API Reference).
final class S3Dialect: ServiceDialect {
  let address: S3Address
  let source: any S3KeySource
  private let keys: Rotating<S3Keys>
  /// Corrected where the service says that the bucket is elsewhere.
  private let region: Mutex<String>

  var service: String { "S3 (bucket \(address.bucket))" }

  init(address: S3Address, source: any S3KeySource) {
    self.address = address
    self.source = source
    keys = Rotating { try await source.issue() }
    region = Mutex(address.region)
  }

  /// The address of the bucket as far as it is known.
  var bucketAddress: ServiceAddress { address.service(in: region.withLock { $0 }) }

  var currentRegion: String { region.withLock { $0 } }

  func authorize(_ request: inout ServiceRequest) async throws {
    let region = region.withLock { $0 }
    request.address = address.service(in: region)
    S3Signature(keys: try await keys.value(), region: region).sign(&request, at: HTTPDate.now)
  }

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    let explanation = XMLErrorBody(answer)
    let text = explanation.text(status: answer.status)
    if let elsewhere = answer.headers.first(name: "x-amz-bucket-region"), moves(to: elsewhere) {
      return .again(.failed(service: service, status: answer.status, text: "the bucket is in region \(elsewhere)"))
    }
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status): \(text)") }
    switch (answer.status, explanation.code) {
    case (_, "NoSuchBucket"):
      return .fail(
        .noBucket(
          "Bucket \(address.bucket)",
          remedy:
            "It is made when something is written, where the credential permits that; else make it, or correct the name "
            + "in destinationPath."))
    case (_, "RequestTimeout"), (_, "OperationAborted"), (_, "SlowDown"), (_, "InternalError"),
      (_, "ServiceUnavailable"):
      return .wait(text)
    case (_, "ExpiredToken"), (_, "ExpiredTokenException"), (401, _):
      keys.discard()
      return .again(.refused(service: service, text: text, remedy: remedy(explanation.code)))
    case (403, _): return .fail(.refused(service: service, text: text, remedy: remedy(explanation.code)))
    case (404, "NoSuchKey"), (404, ""):
      if let key = request.key { return .fail(.notFound(key)) }
      return .fail(.failed(service: service, status: answer.status, text: text))
    default: return .fail(.failed(service: service, status: answer.status, text: text))
    }
  }

  private func moves(to other: String) -> Bool {
    region.withLock { region in
      defer { region = other }
      return region != other
    }
  }

  private func remedy(_ code: String) -> String {
    switch code {
    case "InvalidAccessKeyId", "SignatureDoesNotMatch":
      "Check the secret's accessKeyId and secretAccessKey: \(source.identity) is not accepted."
    case "RequestTimeTooSkewed": "Correct the clock of this machine."
    default:
      "\(source.identity) needs s3:ListBucket on bucket \(address.bucket) and s3:GetObject, s3:PutObject, s3:DeleteObject and "
        + "s3:AbortMultipartUpload on what is in it; for tags also s3:PutObjectTagging."
    }
  }
}
