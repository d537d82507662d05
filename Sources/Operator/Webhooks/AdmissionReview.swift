import ClusterAPI
import Foundation
import Kubernetes

/// Answers the API server's questions about objects about to be written
/// (https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/). Pure.
struct AdmissionReviewer: Sendable {
  let settings: OperatorSettings

  /// - Parameters:
  ///   - review: an `AdmissionReview` of version v1 with a `request`.
  ///   - path: the webhook's path, which names what is asked: `/mutate-…` or `/validate-…`.
  /// - Returns: the `AdmissionReview` with its `response`, or nil where this is no admission review.
  func answer(_ review: JSON, path: String) -> JSON? {
    guard let request = review["request"], let uid = request["uid"] else { return nil }
    var response: JSON = ["uid": uid, "allowed": true]
    let kind = request[path: ["kind", "kind"]]?.stringValue ?? ""
    let object = request["object"] ?? .null
    if path.hasPrefix("/mutate-") {
      let settings = DefaultingSettings(postgresImage: settings.postgresImage)
      if let patch = Admission.defaultingPatch(kind: kind, object, settings) {
        response["patchType"] = "JSONPatch"
        response["patch"] = .string(Data(patch.serialized()).base64EncodedString())
      }
    } else {
      let old = request["oldObject"].flatMap { $0.isNull ? nil : $0 }
      let verdict = Admission.validate(kind: kind, object, old: old, ValidationContext(settings))
      if !verdict.warnings.isEmpty { response["warnings"] = .array(verdict.warnings.map { .string($0) }) }
      if case .refused(let message, let errors, _) = verdict {
        response["allowed"] = false
        response["status"] = [
          "status": "Failure", "code": 422, "reason": "Invalid", "message": .string(message),
          "details": ["causes": .array(errors.map(\.cause))],
        ]
      }
    }
    return [
      "apiVersion": review["apiVersion"] ?? "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response,
    ]
  }
}

extension ValidationContext {
  /// With the pod that this operator would make, for the user's patch to be tried on.
  init(_ settings: OperatorSettings) {
    self.init(examplePod: { cluster in
      let blueprint = Blueprint(cluster: cluster, settings: settings)
      return (try? JSON(encoding: blueprint.unpatchedPod(blueprint.instance(1)))) ?? .null
    })
  }
}
