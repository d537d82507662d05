import Kubernetes

/// Who makes a request.
struct Identity: Sendable, Hashable {
  var name: String
  var uid: String = ""
  var groups: [String] = []
  var extra: [String: [String]] = [:]

  static let anonymous = Identity(name: "system:anonymous", groups: ["system:unauthenticated"])

  /// As webhooks and TokenReview see it.
  var json: JSON {
    var value: JSON = ["username": .string(name), "groups": .array(groups.map { .string($0) })]
    if !uid.isEmpty { value["uid"] = .string(uid) }
    if !extra.isEmpty { value["extra"] = .object(extra.mapValues { .array($0.map { .string($0) }) }) }
    return value
  }
}
