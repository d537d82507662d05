import Kubernetes

/// A refusal as clients see it: the HTTP status with a `Status` object whose reason programs read and whose message
/// people read (Kubernetes API conventions, "Response Status Kind").
struct StatusError: Error, Sendable, CustomStringConvertible {
  var code: Int
  var reason: String
  var message: String
  var details: JSON = .null
  var retryAfter: Int?

  var description: String { message }

  var json: JSON {
    var status: JSON = [
      "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Failure", "message": .string(message),
      "code": .int(Int64(code)),
    ]
    if !reason.isEmpty { status["reason"] = .string(reason) }
    if !details.isNull { status["details"] = details }
    return status
  }
}

extension StatusError {
  private static func details(_ type: ResourceType, _ name: String?, causes: [JSON] = []) -> JSON {
    var details: JSON = ["kind": .string(type.plural)]
    if !type.group.isEmpty { details["group"] = .string(type.group) }
    if let name, !name.isEmpty { details["name"] = .string(name) }
    if !causes.isEmpty { details["causes"] = .array(causes) }
    return details
  }

  /// There is no such path.
  static let noSuchPath = StatusError(
    code: 404, reason: "NotFound", message: "the server could not find the requested resource")

  static let methodNotAllowed = StatusError(
    code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource")

  static let unauthorized = StatusError(code: 401, reason: "Unauthorized", message: "Unauthorized")

  static func notFound(_ type: ResourceType, _ name: String) -> StatusError {
    StatusError(
      code: 404, reason: "NotFound", message: "\(type.qualifiedPlural) \"\(name)\" not found",
      details: details(type, name))
  }

  static func alreadyExists(_ type: ResourceType, _ name: String) -> StatusError {
    StatusError(
      code: 409, reason: "AlreadyExists", message: "\(type.qualifiedPlural) \"\(name)\" already exists",
      details: details(type, name))
  }

  static func conflict(_ type: ResourceType, _ name: String, _ why: String = staleVersion) -> StatusError {
    StatusError(
      code: 409, reason: "Conflict",
      message: "Operation cannot be fulfilled on \(type.qualifiedPlural) \"\(name)\": \(why)",
      details: details(type, name))
  }

  static let staleVersion =
    "the object has been modified; please apply your changes to the latest version and try again"

  static func forbidden(_ type: ResourceType, _ name: String, _ why: String) -> StatusError {
    let what = name.isEmpty ? type.qualifiedPlural : "\(type.qualifiedPlural) \"\(name)\""
    return StatusError(
      code: 403, reason: "Forbidden", message: "\(what) is forbidden: \(why)", details: details(type, name))
  }

  static func invalid(_ type: ResourceType, _ name: String, _ errors: [FieldError]) -> StatusError {
    var details = details(type, name, causes: errors.map(\.cause))
    details["kind"] = .string(type.kind)
    return StatusError(
      code: 422, reason: "Invalid",
      message: errors.aggregateMessage(kind: type.kind, group: type.group, name: name), details: details)
  }

  static func badRequest(_ message: String) -> StatusError {
    StatusError(code: 400, reason: "BadRequest", message: message)
  }

  static func expired(_ message: String) -> StatusError {
    StatusError(code: 410, reason: "Expired", message: message)
  }

  static func unsupportedMediaType(_ type: String, accepted: [String]) -> StatusError {
    StatusError(
      code: 415, reason: "UnsupportedMediaType",
      message: "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", ") + " (it was \(type.isEmpty ? "without a Content-Type" : type))")
  }

  static func tooLarge(limit: Int) -> StatusError {
    StatusError(
      code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is \(limit)")
  }

  static func internalError(_ message: String) -> StatusError {
    StatusError(code: 500, reason: "InternalError", message: "Internal error occurred: \(message)")
  }

  static func unavailable(_ message: String) -> StatusError {
    StatusError(code: 503, reason: "ServiceUnavailable", message: message)
  }

  /// What a failure of the store means for the object that was asked for.
  init(_ error: StoreError, _ type: ResourceType, _ name: String) {
    switch error {
    case .alreadyExists: self = .alreadyExists(type, name)
    case .notFound: self = .notFound(type, name)
    case .conflict: self = .conflict(type, name)
    case .gone: self = .expired("\(error)")
    case .full: self = StatusError(code: 507, reason: "InsufficientStorage", message: "\(error)")
    case .overloaded: self = StatusError(code: 429, reason: "TooManyRequests", message: "\(error)", retryAfter: 1)
    case .failed, .inUse, .damaged: self = .internalError("\(error)")
    }
  }
}

extension ResourceType {
  /// `pods`, `deployments.apps`: a resource in messages and as the store's name for it.
  var qualifiedPlural: String { group.isEmpty ? plural : "\(plural).\(group)" }
}
