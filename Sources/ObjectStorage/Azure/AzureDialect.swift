import NIOCore
import NIOHTTP1

/// How requests to Blob Storage are signed and what its refusals mean ("Blob service error codes", Microsoft Learn).
struct AzureDialect: ServiceDialect {
  /// The first with everything used here; emulators know it.
  static let version = "2020-10-02"

  let address: AzureAddress
  let credential: any AzureCredential
  var service: String { "Azure Blob Storage (account \(address.account))" }

  func authorize(_ request: inout ServiceRequest) async throws {
    request.headers.replaceOrAdd(name: "x-ms-version", value: Self.version)
    request.headers.replaceOrAdd(name: "x-ms-date", value: HTTPDate.text(HTTPDate.now))
    try await credential.authorize(&request)
  }

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    let explanation = XMLErrorBody(answer, header: "x-ms-error-code")
    let text = explanation.text(status: answer.status)
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status): \(text)") }
    let refused = ObjectStorageError.refused(service: service, text: text, remedy: credential.remedy)
    switch (answer.status, explanation.code) {
    case (_, "ContainerNotFound"):
      return .fail(
        .noBucket(
          "Container \(address.container) of storage account \(address.account)",
          remedy:
            "It is made when something is written, where the credential permits that; else make it, or correct the name "
            + "in destinationPath."))
    case (409, "ContainerBeingDeleted"): return .wait(text)
    case (401, _), (403, "AuthenticationFailed"): return await credential.renew() ? .again(refused) : .fail(refused)
    case (403, _): return .fail(refused)
    case (404, _):
      if let key = request.key { return .fail(.notFound(key)) }
      return .fail(.failed(service: service, status: answer.status, text: text))
    default: return .fail(.failed(service: service, status: answer.status, text: text))
    }
  }
}
