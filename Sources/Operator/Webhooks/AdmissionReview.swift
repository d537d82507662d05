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
    do {
      if path.hasPrefix("/mutate-") {
        if let patch = try mutation(of: request["object"] ?? .null, kind: request[path: ["kind", "kind"]]?.stringValue)
        {
          response["patchType"] = "JSONPatch"
          response["patch"] = .string(Data(patch.serialized()).base64EncodedString())
        }
      } else {
        let (findings, message) = try verdict(on: request)
        if !findings.warnings.isEmpty { response["warnings"] = .array(findings.warnings.map { .string($0) }) }
        if !findings.isAccepted {
          response["allowed"] = false
          response["status"] = [
            "status": "Failure", "code": 422, "reason": "Invalid", "message": .string(message),
            "details": ["causes": .array(findings.errors.map(\.cause))],
          ]
        }
      }
    } catch {
      response["allowed"] = false
      response["status"] = ["code": 400, "reason": "BadRequest", "message": .string(Self.explain(error))]
    }
    return [
      "apiVersion": review["apiVersion"] ?? "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response,
    ]
  }

  private func mutation(of object: JSON, kind: String?) throws -> JSON? {
    guard kind == Cluster.resource.kind else { return nil }
    return Cluster.defaultingPatch(object, settings: DefaultingSettings(postgresImage: settings.postgresImage))
  }

  private func verdict(on request: JSON) throws -> (findings: Findings, message: String) {
    let object = request["object"] ?? .null
    let old = request["oldObject"].flatMap { $0.isNull ? nil : $0 }
    switch request[path: ["kind", "kind"]]?.stringValue {
    case Cluster.resource.kind: return try validate(Cluster.self, object, old)
    case Backup.resource.kind: return try validate(Backup.self, object, old)
    case ScheduledBackup.resource.kind: return try validate(ScheduledBackup.self, object, old)
    case Pooler.resource.kind: return try validate(Pooler.self, object, old)
    case Database.resource.kind: return try validate(Database.self, object, old)
    default: return (Findings(), "")
    }
  }

  private func validate<T: ValidatedObject>(
    _ type: T.Type, _ object: JSON, _ old: JSON?
  ) throws -> (findings: Findings, message: String) {
    let new = try object.decoded(as: T.self)
    let findings = try old.map { try new.validateUpdate(from: $0.decoded(as: T.self)) } ?? new.validateCreate()
    return (findings, new.refusal(findings.errors, isUpdate: old != nil))
  }

  private static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      return "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
