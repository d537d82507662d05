import XMLCoder

/// `<Error><Code>…</Code><Message>…</Message></Error>`, as Azure and AWS explain refusals; AWS' token service has another element
/// around it. An answer to HEAD has none.
struct XMLErrorBody {
  /// Empty where nothing was said.
  let code: String
  let message: String

  private struct Body: Decodable {
    var code: String?
    var message: String?
    var detail: String?
    var error: Inner?

    struct Inner: Decodable {
      var code: String?
      var message: String?

      enum CodingKeys: String, CodingKey {
        case code = "Code"
        case message = "Message"
      }
    }

    enum CodingKeys: String, CodingKey {
      case code = "Code"
      case message = "Message"
      case detail = "AuthenticationErrorDetail"
      case error = "Error"
    }
  }

  /// - Parameter header: of the answer, with the code.
  init(_ answer: ServiceAnswer, header: String? = nil) {
    let body = try? XMLDecoder().decode(Body.self, from: answer.body.xml)
    code = header.flatMap { answer.headers.first(name: $0) } ?? body?.code ?? body?.error?.code ?? ""
    // Later lines are the request's id and the time.
    let lines = [body?.message, body?.error?.message, body?.detail].compactMap { text in
      text?.split(whereSeparator: \.isNewline).first.map { $0.trimmed }
    }
    message = lines.filter { !$0.isEmpty }.joined(separator: " ")
  }

  func text(status: Int) -> String {
    let parts = [code, message].filter { !$0.isEmpty }
    return parts.isEmpty ? "status \(status)" : parts.joined(separator: ": ")
  }
}
