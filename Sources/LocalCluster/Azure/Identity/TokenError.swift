import Foundation
import Kubernetes
import NIOHTTP1

/// Why no token is issued, in the words of Microsoft Entra ID ("Microsoft Entra authentication and authorization error
/// codes"): people search for them, and programs tell by the number what is missing.
struct TokenError: Error, Sendable, Equatable {
  var status: Int
  var error: String
  var number: Int
  var text: String

  func response(requestID: String) -> ServiceResponse {
    let correlation = UUID().uuidString.lowercased()
    let time = Timestamps.text(Date()).replacing("T", with: " ")
    let description =
      "AADSTS\(number): \(text) Trace ID: \(requestID) Correlation ID: \(correlation) Timestamp: \(time)"
    let body: JSON = [
      "error": .string(error), "error_description": .string(description), "error_codes": [.int(Int64(number))],
      "timestamp": .string(time), "trace_id": .string(requestID), "correlation_id": .string(correlation),
      "error_uri": .string("https://\(AzureSettings.authorityHost)/error?code=\(number)"),
    ]
    return ServiceResponse(
      status, headers: ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store, no-cache"],
      body: .bytes(body.serialized()))
  }
}

extension TokenError {
  static func noCredential(_ number: Int, _ what: String, _ value: String) -> TokenError {
    TokenError(
      status: 401, error: "invalid_client", number: number,
      text:
        "No matching federated identity record found for presented assertion \(what) '\(value)'. Check your federated "
        + "identity credential Subject, Audience and Issuer against the presented assertion. "
        + "https://learn.microsoft.com/entra/workload-id/workload-identity-federation")
  }

  static let badSignature = TokenError(
    status: 401, error: "invalid_client", number: 700027,
    text: "The certificate with identifier used to sign the client assertion is not registered on application. "
      + "[Reason - The key was not found.]")

  static let malformedAssertion = TokenError(
    status: 401, error: "invalid_client", number: 50027, text: "JWT token is invalid or malformed.")

  static func outsideOfTime(_ assertion: Assertion) -> TokenError {
    TokenError(
      status: 401, error: "invalid_client", number: 700024,
      text: "Client assertion is not within its valid time range. Current time: \(Timestamps.text(Date())), "
        + "assertion valid from \(Timestamps.text(assertion.notBefore)), "
        + "expiry time of assertion \(Timestamps.text(assertion.expiry)). "
        + "Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .")
  }

  static func missing(_ parameter: String) -> TokenError {
    TokenError(
      status: 400, error: "invalid_request", number: 900144,
      text: "The request body must contain the following parameter: '\(parameter)'.")
  }

  static func noTenant(_ tenant: String) -> TokenError {
    TokenError(
      status: 400, error: "invalid_request", number: 90002,
      text: "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing into the "
        + "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        + "subscriptions for the tenant.")
  }

  static func noApplication(_ clientID: String) -> TokenError {
    TokenError(
      status: 400, error: "unauthorized_client", number: 700016,
      text:
        "Application with identifier '\(clientID)' was not found in the directory '\(AzureSettings.tenantID)'. This can "
        + "happen if the application has not been installed by the administrator of the tenant or consented to by any "
        + "user in the tenant. You may have sent your authentication request to the wrong tenant.")
  }

  static func unsupportedGrant(_ type: String) -> TokenError {
    TokenError(
      status: 400, error: "unsupported_grant_type", number: 70003,
      text: "The app requested an unsupported grant type '\(type)'.")
  }

  static func invalidScope(_ scope: String) -> TokenError {
    TokenError(
      status: 400, error: "invalid_scope", number: 1_002_012,
      text: "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value with "
        + "/.default suffixed to the resource identifier (application ID URI).")
  }

  static func noResource(_ resource: String) -> TokenError {
    TokenError(
      status: 400, error: "invalid_resource", number: 500_011,
      text:
        "The resource principal named \(resource) was not found in the tenant named \(AzureSettings.tenantID). This can "
        + "happen if the application has not been installed by the administrator of the tenant or consented to by any "
        + "user in the tenant. You might have sent your authentication request to the wrong tenant.")
  }
}
