import Foundation
import Kubernetes

/// The question to a webhook and its answer (`admission.k8s.io/v1`, AdmissionReview).
enum WebhookReview {
  static func question(
    uid: String, type: ResourceType, subresource: String?, name: String, namespace: String,
    operation: AdmissionWebhook.Operation, object: JSON?, old: JSON?, user: Identity, isDryRun: Bool
  ) -> JSON {
    let kind: JSON = ["group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind)]
    let resource: JSON = [
      "group": .string(type.group), "version": .string(type.version), "resource": .string(type.plural),
    ]
    var request: JSON = [
      "uid": .string(uid), "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
      "name": .string(name), "operation": .string(operation.rawValue), "userInfo": user.json,
      "object": object ?? .null, "oldObject": old ?? .null, "dryRun": .bool(isDryRun), "options": .null,
    ]
    if let subresource { request["subResource"] = .string(subresource) }
    if !namespace.isEmpty { request["namespace"] = .string(namespace) }
    return ["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request]
  }

  struct Answer: Sendable {
    var isAllowed: Bool
    var patch: JSON?
    var warnings: [String]
    /// The code and the message of a refusal.
    var code: Int
    var reason: String
    var message: String
  }

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  static func answer(_ bytes: [UInt8], uid: String) throws(Malformed) -> Answer {
    let review: JSON
    do {
      review = try JSON(parsing: bytes)
    } catch {
      throw Malformed(description: "its answer is \(error)")
    }
    guard let response = review["response"], let isAllowed = response["allowed"]?.boolValue else {
      throw Malformed(description: "its answer is no AdmissionReview with a response")
    }
    guard response["uid"]?.stringValue == uid else {
      throw Malformed(description: "expected response.uid=\"\(uid)\", got \"\(response["uid"]?.stringValue ?? "")\"")
    }
    let status = response["status"]
    var answer = Answer(
      isAllowed: isAllowed, warnings: (response["warnings"]?.arrayValue ?? []).compactMap(\.stringValue),
      code: status?["code"]?.intValue.map { Int($0) } ?? 403, reason: status?["reason"]?.stringValue ?? "",
      message: status?["message"]?.stringValue ?? "")
    if let patch = response["patch"]?.stringValue, !patch.isEmpty {
      guard response["patchType"] == "JSONPatch" else {
        throw Malformed(description: "its patch is not of the type JSONPatch")
      }
      guard let data = Data(base64Encoded: patch), let operations = try? JSON(parsing: data) else {
        throw Malformed(description: "its patch is not Base64 of JSON")
      }
      answer.patch = operations
    }
    return answer
  }

  /// The refusal as the client sees it.
  static func refusal(_ answer: Answer, webhook: String) -> StatusError {
    var message = "admission webhook \"\(webhook)\" denied the request"
    if !answer.message.isEmpty {
      message += ": \(answer.message)"
    } else {
      message += answer.reason.isEmpty ? " without explanation" : ": \(answer.reason)"
    }
    // A refusal is an error of the client, whatever the webhook calls it.
    let code = (400..<500).contains(answer.code) ? answer.code : 403
    return StatusError(
      code: code, reason: answer.reason.isEmpty ? "Forbidden" : answer.reason, message: message)
  }
}
