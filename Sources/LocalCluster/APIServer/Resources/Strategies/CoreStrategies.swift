import Foundation
import Kubernetes

/// Secrets: `stringData` is a way of writing `data`.
struct SecretStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) { encode(&object) }
  func prepareForUpdate(_ object: inout JSON, old: JSON) { encode(&object) }

  private func encode(_ object: inout JSON) {
    for (key, value) in object["stringData"]?.objectValue ?? [:] {
      guard let text = value.stringValue else { continue }
      object[path: ["data", key]] = .string(Data(text.utf8).base64EncodedString())
    }
    object["stringData"] = nil
  }

  func validate(_ object: JSON) -> [FieldError] {
    var errors = DataKeys.errors(object["data"], "data")
    for (key, value) in (object["data"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key })
    where value.stringValue.map({ Data(base64Encoded: $0) == nil }) ?? false {
      // The value itself stays out of the message: it may be the secret in plain text.
      errors.append(
        FieldError("data[\(key)]", .invalid, "<not shown>", "must be Base64 (use stringData for plain text)"))
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    ImmutableField.errors(["type"], object, old) + DataKeys.immutable(object, old, ["data"])
  }
}

struct ConfigMapStrategy: ResourceStrategy {
  func validate(_ object: JSON) -> [FieldError] {
    DataKeys.errors(object["data"], "data") + DataKeys.errors(object["binaryData"], "binaryData")
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    DataKeys.immutable(object, old, ["data", "binaryData"])
  }
}

private enum DataKeys {
  static let limit = 1 << 20

  static func errors(_ data: JSON?, _ path: String) -> [FieldError] {
    let members = data?.objectValue ?? [:]
    var errors: [FieldError] = members.keys.sorted().compactMap { key in
      if !key.isEmpty, key.utf8.count <= 253, key != ".", !key.hasPrefix(".."),
        key.wholeMatch(of: /[-._a-zA-Z0-9]+/) != nil
      {
        return nil
      }
      return .invalid(
        "\(path)[\(key)]", .string(key),
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
          + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")
    }
    if members.reduce(0, { $0 + ($1.value.stringValue?.utf8.count ?? 0) }) > limit {
      errors.append(FieldError(path, .tooLong, .null, "may not be more than \(limit) bytes"))
    }
    return errors
  }

  static func immutable(_ object: JSON, _ old: JSON, _ fields: [String]) -> [FieldError] {
    guard old["immutable"] == true else { return [] }
    return (fields + ["immutable"]).compactMap { field in
      guard object[field] ?? .null != old[field] ?? .null else { return nil }
      return .forbidden(field, "field is immutable when `immutable` is set")
    }
  }
}

struct NamespaceStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) {
    object["spec"] = ["finalizers": ["kubernetes"]]
    object["status"] = ["phase": "Active"]
    label(&object)
  }

  func prepareForUpdate(_ object: inout JSON, old: JSON) {
    // Only the `finalize` subresource changes them.
    object["spec"] = old["spec"]
    label(&object)
  }

  /// A label that namespace selectors can name one namespace by.
  private func label(_ object: inout JSON) {
    object[path: ["metadata", "labels", "kubernetes.io/metadata.name"]] = .string(object.objectName)
  }
}

struct RoleBindingStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) { fill(&object) }
  func prepareForUpdate(_ object: inout JSON, old: JSON) { fill(&object) }

  private func fill(_ object: inout JSON) {
    guard let subjects = object["subjects"]?.arrayValue else { return }
    object["subjects"] = .array(
      subjects.map { subject in
        var subject = subject
        if subject["apiGroup"] == nil, subject["kind"] != "ServiceAccount" {
          subject["apiGroup"] = "rbac.authorization.k8s.io"
        }
        return subject
      })
  }

  func validate(_ object: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    let kind = object[path: ["roleRef", "kind"]]?.stringValue ?? ""
    if kind != "Role" && kind != "ClusterRole" {
      errors.append(.notSupported("roleRef.kind", .string(kind), ["Role", "ClusterRole"]))
    }
    for (index, subject) in (object["subjects"]?.arrayValue ?? []).enumerated() {
      let kind = subject["kind"]?.stringValue ?? ""
      if !["ServiceAccount", "User", "Group"].contains(kind) {
        errors.append(.notSupported("subjects[\(index)].kind", .string(kind), ["ServiceAccount", "User", "Group"]))
      } else if kind == "ServiceAccount", (subject["namespace"]?.stringValue ?? "").isEmpty {
        errors.append(.required("subjects[\(index)].namespace"))
      }
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    guard object["roleRef"] != old["roleRef"] else { return [] }
    return [.invalid("roleRef", object["roleRef"] ?? .null, "cannot change roleRef")]
  }
}
