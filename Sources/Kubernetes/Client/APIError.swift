/// The API server's refusal of a request: it was understood, and not carried out.
public struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The HTTP status, 400 or above.
  public var status: Int
  /// One word for programs: `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired`, …
  public var reason: String
  public var message: String
  /// `Status.details`: which object, and the causes field by field.
  public var details: JSON?

  public init(status: Int, reason: String, message: String, details: JSON? = nil) {
    self.status = status
    self.reason = reason
    self.message = message
    self.details = details
  }

  public var isNotFound: Bool { status == 404 }
  /// The object changed since it was read, or, with server-side apply, a field belongs to another manager.
  public var isConflict: Bool { status == 409 && reason != "AlreadyExists" }
  public var isAlreadyExists: Bool { status == 409 && reason == "AlreadyExists" }
  public var isInvalid: Bool { status == 422 }
  /// The resource version is too old: list again.
  public var isGone: Bool { status == 410 }
  public var isForbidden: Bool { status == 403 }
  public var isUnauthorized: Bool { status == 401 }

  public var description: String { "\(message) (\(reason), HTTP \(status))" }
}

extension APIError {
  /// Reads a `Status` object; anything else (a proxy's page, for instance) becomes the message, shortened.
  init(status: Int, body: [UInt8]) {
    if let json = try? JSON(parsing: body), json["kind"]?.stringValue == "Status" {
      self.init(status: status, statusObject: json)
      return
    }
    let text = String(decoding: body.prefix(512), as: UTF8.self)
    self.init(
      status: status, reason: Self.reason(of: status),
      message: text.isEmpty ? "the server answered without saying why" : text)
  }

  /// - Parameter statusObject: a `Status`, whose own code counts where there is no HTTP status (in a watch).
  init(status: Int? = nil, statusObject: JSON) {
    let code = status ?? statusObject["code"]?.intValue.map { Int($0) } ?? 500
    let reason = statusObject["reason"]?.stringValue ?? ""
    self.init(
      status: code, reason: reason.isEmpty ? Self.reason(of: code) : reason,
      message: statusObject["message"]?.stringValue ?? "the server answered without saying why",
      details: statusObject["details"])
  }

  private static func reason(of status: Int) -> String {
    switch status {
    case 400: "BadRequest"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "NotFound"
    case 405: "MethodNotAllowed"
    case 409: "Conflict"
    case 410: "Expired"
    case 413: "RequestEntityTooLarge"
    case 415: "UnsupportedMediaType"
    case 422: "Invalid"
    case 429: "TooManyRequests"
    case 503: "ServiceUnavailable"
    case 504: "Timeout"
    default: status >= 500 ? "InternalError" : "Unknown"
    }
  }
}
