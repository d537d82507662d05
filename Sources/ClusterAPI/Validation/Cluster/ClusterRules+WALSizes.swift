import Kubernetes

/// One of the parameters that bound how much write-ahead log is kept.
private struct WALSize {
  let name: String
  let defaultText: String
  /// Whether the user gave it.
  let isGiven: Bool
  let text: String
  let size: Quantity?

  init(_ name: String, default defaultText: String, _ parameters: [String: String]) {
    let given = parameters[name] ?? ""
    self.name = name
    self.defaultText = defaultText
    isGiven = !given.isEmpty
    text = isGiven ? given : defaultText
    size = PostgresSize.parse(text)
  }

  var path: String { "spec.postgresql.parameters.\(name)" }
  var title: String { "Parameter \(name) (default \(defaultText))" }
}

extension ClusterRules {
  /// min_wal_size < max_wal_size < the volume of the write-ahead log, if it has one of its own.
  static func walSizes(_ cluster: Cluster) -> [FieldError] {
    let parameters = cluster.spec.postgresql?.parameters ?? [:]
    let least = WALSize("min_wal_size", default: "80MB", parameters)
    let most = WALSize("max_wal_size", default: "1GB", parameters)
    var errors = [least, most].filter { $0.size == nil }.map { parameter -> FieldError in
      .invalid(parameter.path, parameter.text, "Invalid value for configuration parameter \(parameter.name)")
    }
    if let low = least.size, let high = most.size, !low.isZero, !high.isZero, low >= high {
      let detail =
        "Invalid vale. \(least.title) should be smaller than parameter \(most.name) (default \(most.defaultText))"
      errors.append(.invalid(least.path, least.text, detail))
    }
    if let volume = cluster.spec.walStorage?.requestedSize {
      for parameter in [least, most] where parameter.isGiven {
        guard let size = parameter.size, !size.isZero, size >= volume else { continue }
        let detail = "Invalid value. \(parameter.title) should be smaller than WAL volume size"
        errors.append(.invalid(parameter.path, parameter.text, detail))
      }
    }
    return errors
  }
}

extension StorageConfiguration {
  /// The size to request: `size`, or else the template's.
  public var requestedSize: Quantity? {
    if let size, !size.isEmpty { return try? Quantity(parsing: size) }
    return pvcTemplate?.resources?.requests?["storage"]
  }
}
