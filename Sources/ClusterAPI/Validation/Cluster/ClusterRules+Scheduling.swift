import Kubernetes

extension ClusterRules {
  static func tolerations(_ cluster: Cluster) -> [FieldError] {
    (cluster.spec.affinity?.tolerations ?? []).enumerated().flatMap {
      // The path that tools know, though the field is `tolerations`.
      toleration($1, "spec.affinity.toleration[\($0)]")
    }
  }

  /// The rules of the core API for a pod's tolerations.
  private static func toleration(_ toleration: Toleration, _ path: String) -> [FieldError] {
    let key = toleration.key ?? ""
    let operation = toleration.operator ?? ""
    let value = toleration.value ?? ""
    var errors = [FieldError].when(
      !key.isEmpty && !LabelSyntax.isKey(key),
      .invalid("\(path).key", key, badKey))
    errors += .when(
      key.isEmpty && operation != "Exists",
      .invalid(
        "\(path).operator", operation,
        #"operator must be Exists when `key` is empty, which means "match all values and all keys""#))
    errors += .when(
      toleration.tolerationSeconds != nil && toleration.effect != "NoExecute",
      .invalid(
        "\(path).effect", toleration.effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    switch operation {
    case "", "Equal":
      errors += .when(
        !LabelSyntax.isValue(value),
        .invalid("\(path).operator", value, badValue))
    case "Exists":
      errors += .when(
        !value.isEmpty,
        .invalid("\(path).operator", structure: toleration, "value must be empty when `operator` is 'Exists'"))
    default:
      errors.append(.notSupported("\(path).operator", .string(operation), ["Equal", "Exists"]))
    }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
    if let effect = toleration.effect, !effect.isEmpty, !effects.contains(effect) {
      errors.append(.notSupported("\(path).effect", .string(effect), effects))
    }
    return errors
  }

  /// No node has a label that is none: the pods would never be accepted.
  static func nodeSelector(_ cluster: Cluster) -> [FieldError] {
    (cluster.spec.affinity?.nodeSelector ?? [:]).sorted { $0.key < $1.key }.flatMap { key, value in
      [FieldError].when(!LabelSyntax.isKey(key), .invalid("spec.affinity.nodeSelector", key, badKey))
        + .when(!LabelSyntax.isValue(value), .invalid("spec.affinity.nodeSelector[\(key)]", value, badValue))
    }
  }

  private static let badKey =
    "name part must consist of alphanumeric characters, '-', '_' or '.', "
    + "and must start and end with an alphanumeric character"
  private static let badValue =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    + "and must start and end with an alphanumeric character"

  static func antiAffinityType(_ cluster: Cluster) -> [FieldError] {
    guard let type = cluster.spec.affinity?.podAntiAffinityType else { return [] }
    return .when(
      !["", "preferred", "required"].contains(type),
      .invalid(
        "spec.affinity.podAntiAffinityType", type,
        "pod anti-affinity type must be 'preferred' (default if empty) or 'required'"))
  }
}
