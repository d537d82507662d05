import Kubernetes
import Web

extension ObjectHandler {
  /// The `scale` subresource: the number of replicas of anything, in one form (`autoscaling/v1`, Scale).
  func scale() async throws(StatusError) -> HTTPResponse {
    guard let paths = resource.scale else { throw .noSuchPath }
    let name = try name()
    switch request.verb {
    case .get: return .json(scale(of: try presentable(try find(name)), paths).serialized())
    case .update, .patch: break
    default: throw .methodNotAllowed
    }
    let bytes = try await request.body()
    let contentType = BodyParsing.mediaType(request.http.headers.first(name: "Content-Type"))
    let body = try BodyParsing.object(bytes, contentType: contentType) { _ in }
    let changed = try await change(name, .merged(subresource: "scale")) { old throws(StatusError) in
      let current = scale(of: old, paths)
      let wanted: JSON
      if request.verb == .update {
        wanted = body
      } else if contentType == "application/json-patch+json" {
        do {
          wanted = try JSONPatch.apply(body, to: current)
        } catch {
          throw .badRequest("\(error)")
        }
      } else {
        wanted = MergePatch.apply(body, to: current)
      }
      guard let replicas = wanted[path: ["spec", "replicas"]]?.intValue else {
        throw .badRequest("spec.replicas: a whole number is required to scale \(type.qualifiedPlural) \"\(name)\"")
      }
      guard replicas >= 0 else {
        throw .invalid(
          Scale.resource, name,
          [.invalid("spec.replicas", .int(replicas), "must be greater than or equal to 0")])
      }
      var new = old
      new[path: paths.specReplicas] = .int(replicas)
      // Only an object that names the version it was read at insists on it.
      new[path: ["metadata", "resourceVersion"]] =
        request.verb == .update ? wanted[path: ["metadata", "resourceVersion"]] : nil
      return new
    }
    return .json(scale(of: try presentable(changed), paths).serialized())
  }

  private func scale(of object: JSON, _ paths: ResourceDefinition.ScalePaths) -> JSON {
    var metadata: JSON = ["name": .string(object.objectName)]
    for field in ["namespace", "uid", "resourceVersion", "creationTimestamp"] {
      metadata[field] = object[path: ["metadata", field]]
    }
    var status: JSON = ["replicas": object[path: paths.statusReplicas] ?? 0]
    if let selector = paths.selector {
      status["selector"] = selector.isEmpty ? nil : object[path: selector]
    } else if let selector = try? (object[path: ["spec", "selector"]] ?? [:]).decoded(as: LabelSelector.self).selector()
    {
      status["selector"] = .string("\(selector)")
    }
    return [
      "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
      "spec": ["replicas": object[path: paths.specReplicas] ?? 0], "status": status,
    ]
  }
}
