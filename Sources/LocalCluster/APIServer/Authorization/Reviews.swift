import Foundation
import Kubernetes
import Web

/// The reviews: objects that are questions, answered at once and never stored.
extension ObjectHandler {
  func review() async throws(StatusError) -> HTTPResponse {
    var object = try await decodedBody()
    // Go's clients send the empty answer along with the question.
    object["status"] = nil
    do {
      switch type.kind {
      case "SelfSubjectAccessReview":
        let review = try object.decoded(as: SelfSubjectAccessReview.self)
        let access = try Self.access(review.spec?.resourceAttributes, review.spec?.nonResourceAttributes)
        return try answerReview(object, status: verdict(access, for: request.user))
      case "SubjectAccessReview", "LocalSubjectAccessReview":
        let review = try object.decoded(as: SubjectAccessReview.self)
        let access = try Self.access(review.spec.resourceAttributes, review.spec.nonResourceAttributes)
        let subject = Identity(
          name: review.spec.user ?? "", uid: review.spec.uid ?? "", groups: review.spec.groups ?? [],
          extra: review.spec.extra ?? [:])
        guard !subject.name.isEmpty || !subject.groups.isEmpty else {
          throw StatusError.invalid(
            type, "", [.required("spec.user", "at least one of user or group must be specified")])
        }
        return try answerReview(object, status: verdict(access, for: subject))
      case "SelfSubjectRulesReview": return try answerReview(object, status: rules(object))
      case "SelfSubjectReview": return try answerReview(object, status: ["userInfo": request.user.json])
      case "TokenReview": return try answerReview(object, status: await tokenVerdict(object))
      default: throw StatusError.methodNotAllowed
      }
    } catch let error as StatusError {
      throw error
    } catch {
      throw .badRequest("\(type.kind) could not be read: \(error)")
    }
  }

  private func answerReview(_ object: JSON, status: JSON) throws(StatusError) -> HTTPResponse {
    var object = object
    object["status"] = status
    return try answer(object, status: 201)
  }

  private static func access(
    _ resource: ResourceAttributes?, _ path: NonResourceAttributes?
  ) throws(StatusError) -> AccessRequest {
    if let path { return AccessRequest(verb: path.verb ?? "", subject: .path(path.path ?? "")) }
    guard let resource else {
      throw .badRequest("spec: one of resourceAttributes and nonResourceAttributes is required")
    }
    return AccessRequest(
      verb: resource.verb ?? "",
      subject: .resource(
        group: resource.group ?? "", resource: resource.resource ?? "", subresource: resource.subresource ?? "",
        namespace: resource.namespace ?? "", name: resource.name ?? ""))
  }

  private func verdict(_ access: AccessRequest, for user: Identity) -> JSON {
    let isAllowed = core.authorizer.isAllowed(access, for: user)
    // As in Kubernetes, a refusal has no reason: `kubectl auth can-i` answers with a bare "no", which scripts compare.
    return isAllowed
      ? ["allowed": true, "reason": .string("RBAC: a role of \"\(user.name)\" allows it")] : ["allowed": false]
  }

  private func rules(_ object: JSON) -> JSON {
    let namespace = object[path: ["spec", "namespace"]]?.stringValue ?? ""
    let isMaster = request.user.groups.contains("system:masters")
    let found =
      isMaster
      ? (core.find(ClusterRole.self, "cluster-admin")?.rules ?? [])
      : core.authorizer.rules(for: request.user, in: namespace)
    func list(_ values: [String]?) -> JSON { .array((values ?? []).map { .string($0) }) }
    return [
      "incomplete": false,
      "resourceRules": .array(
        found.filter { $0.nonResourceURLs == nil }.map {
          [
            "verbs": list($0.verbs), "apiGroups": list($0.apiGroups), "resources": list($0.resources),
            "resourceNames": list($0.resourceNames),
          ]
        }),
      "nonResourceRules": .array(
        found.filter { $0.nonResourceURLs != nil }.map {
          ["verbs": list($0.verbs), "nonResourceURLs": list($0.nonResourceURLs)]
        }),
    ]
  }

  private func tokenVerdict(_ object: JSON) async -> JSON {
    let token = object[path: ["spec", "token"]]?.stringValue ?? ""
    let asked = (object[path: ["spec", "audiences"]]?.arrayValue ?? []).compactMap(\.stringValue)
    let authenticator = Authenticator(tokens: core.tokens, store: store)
    do {
      let (user, audiences) = try await authenticator.identify(
        token: token, audiences: asked.isEmpty ? [core.tokens.ownAudience] : asked)
      return [
        "authenticated": true, "user": user.json, "audiences": .array(audiences.map { .string($0) }),
      ]
    } catch {
      return ["authenticated": false, "error": .string("\(error)")]
    }
  }
}
