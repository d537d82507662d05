import Foundation
import NIOCore
import NIOHTTP1

/// A service that issues access tokens: what it refuses it explains in JSON as OAuth 2.0 has it (RFC 6749), or in XML (AWS).
struct TokenExchange: ServiceDialect {
  var service: String
  /// What to do when it refuses.
  var remedy: String

  func authorize(_ request: inout ServiceRequest) async throws {}

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    let text = Self.explanation(answer)
    if RetryPolicy.isTransient(status: answer.status) { return .wait("status \(answer.status): \(text)") }
    return .fail(.refused(service: service, text: text, remedy: remedy))
  }

  /// Those who wait for a token wait for something else: shorter than for the service itself.
  static let policy = RetryPolicy(first: .milliseconds(200), limit: .seconds(2), deadline: .seconds(10))

  /// `AADSTS700213: No matching federated identity record found…`: the issuer's own words.
  private static func explanation(_ answer: ServiceAnswer) -> String {
    struct Explanation: Decodable {
      var error: String?
      var description: String?
      var message: String?

      enum CodingKeys: String, CodingKey {
        case error, message
        case description = "error_description"
      }
    }
    let explanation = try? JSONDecoder().decode(Explanation.self, from: Data(answer.body.readableBytesView))
    let text = explanation?.description ?? explanation?.error ?? explanation?.message
    if let text { return text.split(whereSeparator: \.isNewline).joined(separator: " ") }
    let xml = XMLErrorBody(answer).text(status: answer.status)
    return xml == "status \(answer.status)" ? "\(xml): \(String(buffer: answer.body).prefix(500))" : xml
  }
}

/// The answer with an access token. Numbers come as text from some.
struct AccessTokenAnswer: Decodable {
  var token: String
  var lifetime: Duration

  private enum Key: String, CodingKey {
    case token = "access_token"
    case lifetime = "expires_in"
    case expiry = "expires_on"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    token = try container.decode(String.self, forKey: .token)
    func number(_ key: Key) -> Double? {
      if let number = try? container.decode(Double.self, forKey: key) { return number }
      return (try? container.decode(String.self, forKey: key)).flatMap { Double($0) }
    }
    let seconds = number(.lifetime) ?? number(.expiry).map { $0 - HTTPDate.now } ?? 300
    lifetime = .seconds(seconds.isFinite ? min(max(seconds, 1), 7 * 86400) : 300)
  }
}

extension ServiceClient {
  /// Asks for an access token.
  func accessToken(_ request: ServiceRequest, from exchange: TokenExchange) async throws -> Issued<String> {
    let asked = ContinuousClock.now
    let answer = try await send(request, as: exchange, limit: 256 << 10, policy: TokenExchange.policy)
    guard let token = try? JSONDecoder().decode(AccessTokenAnswer.self, from: Data(answer.body.readableBytesView)),
      !token.token.isEmpty
    else {
      // What it says instead may be a token of another form: not for an error.
      throw ObjectStorageError.failed(
        service: exchange.service, status: answer.status, text: "the answer contains no access token")
    }
    return Issued(value: token.token, expires: asked + token.lifetime)
  }
}
