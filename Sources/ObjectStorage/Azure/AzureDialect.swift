import NIOCore
import NIOHTTP1
import XMLCoder

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
    let explanation = AzureErrorBody(answer)
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status): \(explanation.text)") }
    let refused = ObjectStorageError.refused(service: service, text: explanation.text, remedy: credential.remedy)
    switch (answer.status, explanation.code) {
    case (_, "ContainerNotFound"):
      return .fail(
        .noBucket(
          "Container \(address.container) of storage account \(address.account)",
          remedy: "It is made when something is written, where the credential permits that; else make it, or correct the name "
            + "in destinationPath."))
    case (409, "ContainerBeingDeleted"): return .wait(explanation.text)
    case (401, _), (403, "AuthenticationFailed"): return await credential.renew() ? .again(refused) : .fail(refused)
    case (403, _): return .fail(refused)
    case (404, _):
      if let key = request.key { return .fail(.notFound(key)) }
      return .fail(.failed(service: service, status: answer.status, text: explanation.text))
    default: return .fail(.failed(service: service, status: answer.status, text: explanation.text))
    }
  }
}

/// `<Error><Code>…</Code><Message>…</Message></Error>`; an answer to HEAD has only the header.
struct AzureErrorBody {
  let code: String
  let text: String

  private struct Body: Decodable {
    var code: String?
    var message: String?
    var detail: String?

    enum CodingKeys: String, CodingKey {
      case code = "Code"
      case message = "Message"
      case detail = "AuthenticationErrorDetail"
    }
  }

  init(_ answer: ServiceAnswer) {
    let body = try? XMLDecoder().decode(Body.self, from: answer.body.xml)
    code = answer.headers.first(name: "x-ms-error-code") ?? body?.code ?? ""
    // The message's later lines are the request's id and the time.
    let message = body?.message?.split(separator: "\n").first.map { $0.trimmed }
    let parts = [code, message ?? "", body?.detail?.trimmed ?? ""].filter { !$0.isEmpty }
    text = parts.isEmpty ? "status \(answer.status)" : parts.joined(separator: ": ")
  }
}
