import Kubernetes

extension ClusterRules {
  private static func path(_ annotation: String) -> String { "metadata.annotations.\(annotation)" }

  static func hibernationAnnotation(_ cluster: Cluster) -> [FieldError] {
    guard let value = cluster.annotations[Annotations.hibernation] else { return [] }
    return .when(
      value != "on" && value != "off",
      .invalid(path(Annotations.hibernation), value, #"Annotation value for hibernation should be "on" or "off""#))
  }

  static func livenessPingerAnnotation(_ cluster: Cluster) -> [FieldError] {
    guard let value = cluster.annotations[Annotations.livenessPinger],
      case .failure(let problem) = LivenessPinger.parse(value)
    else { return [] }
    return [.invalid(path(Annotations.livenessPinger), value, "error decoding liveness pinger config: \(problem)")]
  }

  static func podPatch(_ cluster: Cluster, _ context: ValidationContext) -> [FieldError] {
    guard let text = cluster.annotations[Annotations.podPatch] else { return [] }
    let patch: JSON
    do {
      patch = try JSON(parsing: text)
    } catch {
      return [.invalid(path(Annotations.podPatch), text, "error decoding JSON patch: \(error)")]
    }
    guard case .array = patch else {
      let detail = "error decoding JSON patch: a JSON patch is a list of operations"
      return [.invalid(path(Annotations.podPatch), text, detail)]
    }
    guard let pod = context.examplePod?(cluster) else { return [] }
    do {
      let patched = try JSONPatch.apply(patch, to: pod)
      _ = try patched.decoded(as: Pod.self)
      var unknown: [String] = []
      _ = Pod.schema.pruning(patched, dropped: &unknown)
      return .when(
        !unknown.isEmpty,
        .invalid(
          path(Annotations.podPatch), text,
          "jsonpatch doesn't apply cleanly to the pod: unknown field \(unknown.joined(separator: ", "))"))
    } catch {
      return [.invalid(path(Annotations.podPatch), text, "jsonpatch doesn't apply cleanly to the pod: \(error)")]
    }
  }
}
