import Kubernetes
import Synchronization

/// The documents, made when they are asked for and kept until the resources change.
final class OpenAPIDocuments: Sendable {
  private let registry: ResourceRegistry
  private let kept = Mutex<(generation: Int, documents: [String: [UInt8]])>((-1, [:]))

  init(registry: ResourceRegistry) { self.registry = registry }

  /// The list of documents at `/openapi/v3`.
  var index: JSON {
    let generation = registry.generation
    var paths: [String: JSON] = [:]
    for (group, versions) in registry.groups {
      for version in versions {
        let path = OpenAPIDocument(group: group, version: version, resources: []).path
        // kubectl keeps a document for as long as its hash stays the same; ours changes with every definition and
        // every start.
        let hash = "\(registry.startTag)-\(generation)"
        paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(hash)")]
      }
    }
    return ["paths": .object(paths)]
  }

  /// - Parameter path: what follows `/openapi/v3/`.
  func document(_ path: String) -> [UInt8]? {
    let generation = registry.generation
    if let known = kept.withLock({ $0.generation == generation ? $0.documents[path] : nil }) { return known }
    let parts = path.split(separator: "/").map(String.init)
    let place: (group: String, version: String)
    switch (parts.first, parts.count) {
    case ("api", 2): place = ("", parts[1])
    case ("apis", 3): place = (parts[1], parts[2])
    default: return nil
    }
    let resources = registry.resources(group: place.group, version: place.version)
    guard !resources.isEmpty else { return nil }
    let document = OpenAPIDocument(group: place.group, version: place.version, resources: resources)
    let bytes = document.json.serialized()
    kept.withLock { kept in
      if kept.generation != generation { kept = (generation, [:]) }
      kept.documents[path] = bytes
    }
    return bytes
  }
}
