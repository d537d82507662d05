import Kubernetes

/// What every object carries about itself, read from its JSON.
extension JSON {
  var objectName: String { self[path: ["metadata", "name"]]?.stringValue ?? "" }
  var objectNamespace: String { self[path: ["metadata", "namespace"]]?.stringValue ?? "" }
  var objectUID: String { self[path: ["metadata", "uid"]]?.stringValue ?? "" }
  var objectRevision: String { self[path: ["metadata", "resourceVersion"]]?.stringValue ?? "" }
  var deletionTimestamp: String? { self[path: ["metadata", "deletionTimestamp"]]?.stringValue }

  var finalizers: [String] {
    get { (self[path: ["metadata", "finalizers"]]?.arrayValue ?? []).compactMap(\.stringValue) }
    set {
      self[path: ["metadata", "finalizers"]] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) })
    }
  }
}
