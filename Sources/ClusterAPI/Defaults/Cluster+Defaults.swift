import Kubernetes

extension Cluster {
  /// A Cluster with everything filled in that depends on more than one field: what the mutating webhook writes, over
  /// and above the defaults that the schema declares. Applying it twice changes nothing more, and what cannot be
  /// understood is left for validation to refuse.
  public static func defaulted(_ cluster: JSON, settings: DefaultingSettings) -> JSON {
    var draft = ClusterDraft(cluster, settings)
    draft.defaultImage()
    draft.defaultBootstrap()
    draft.defaultAffinity()
    draft.setDefault("prefer-standby", at: "backup", "target", onlyBelow: 1)
    draft.defaultParameters()
    draft.setDefault("info", at: "logLevel")
    draft.defaultQueries()
    draft.defaultSlots()
    draft.defaultTablespaceOwners()
    draft.setDefault("required", at: "postgresql", "synchronous", "dataDurability", onlyBelow: 2)
    draft.includePlugins()
    draft.defaultIsolationCheck()
    draft.convertFailoverQuorum()
    return draft.cluster
  }

  /// The JSON patch that defaulting comes to, as an admission webhook answers it; nil where nothing changes.
  public static func defaultingPatch(_ cluster: JSON, settings: DefaultingSettings) -> JSON? {
    let operations = JSONDifference.operations(from: cluster, to: defaulted(cluster, settings: settings))
    return operations.isEmpty ? nil : .array(operations)
  }

  /// The typed form of ``defaulted(_:settings:)-(JSON,_)``.
  ///
  /// - Throws: `DecodingError`, never for a Cluster that the schema accepts.
  public func defaulted(settings: DefaultingSettings) throws -> Cluster {
    try Cluster.defaulted(JSON(encoding: self), settings: settings).decoded()
  }
}

/// A Cluster that is being filled in.
struct ClusterDraft {
  var cluster: JSON
  let settings: DefaultingSettings

  init(_ cluster: JSON, _ settings: DefaultingSettings) {
    self.cluster = cluster
    self.settings = settings
  }

  var spec: JSON {
    get { cluster["spec"] ?? .object([:]) }
    set { cluster["spec"] = newValue }
  }

  func annotation(_ name: String) -> String? { cluster[path: ["metadata", "annotations", name]]?.stringValue }

  /// Whether a field is absent or empty: Go, whose rules these are, cannot tell them apart.
  func isEmpty(_ path: [String]) -> Bool {
    switch spec[path: path] {
    case nil, .null, .string(""): true
    default: false
    }
  }

  /// Fills in a field that is absent or empty.
  ///
  /// - Parameter onlyBelow: How many members of the path must be there already for the field to be filled in.
  mutating func setDefault(_ value: JSON, at path: String..., onlyBelow: Int = 0) {
    if onlyBelow > 0, isEmpty(Array(path.prefix(onlyBelow))) { return }
    guard isEmpty(path) else { return }
    for length in 1..<max(path.count, 1) where spec[path: Array(path.prefix(length))]?.isNull == true {
      spec[path: Array(path.prefix(length))] = nil
    }
    spec[path: path] = value
  }
}
