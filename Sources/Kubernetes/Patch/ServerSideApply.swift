/// Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/): a manager states the fields
/// it cares about, takes them away by no longer stating them, and is told when somebody else cares about them too.
public enum ServerSideApply {
  /// The live object after a manager has applied its configuration.
  ///
  /// The same configuration applied again gives the same object, to the byte. The server has already compared
  /// `metadata.resourceVersion` and `uid`, if the configuration has them, and has taken away what this endpoint does
  /// not write (`status`, or everything but it).
  ///
  /// - Parameters:
  ///   - live: nil where the object does not exist yet.
  ///   - now: RFC 3339, for `managedFields[].time`.
  /// - Throws: ``ApplyConflict`` where fields belong to others and have other values, unless `force` takes them over.
  public static func apply(
    configuration: JSON, to live: JSON?, schema: Schema, manager: String, force: Bool, apiVersion: String,
    subresource: String?, now: String
  ) throws(ApplyConflict) -> JSON {
    let schema = schema.knowingMetadata
    let configuration = withoutSystemFields(schema.droppingNulls(configuration))
    let claims = ownable(FieldSet(of: configuration, schema))
    let owner = ManagedFields.Owner(manager, .apply, apiVersion: apiVersion, subresource: subresource)

    var managers = ManagedFields(of: live)
    if let live, managers.entries.isEmpty {
      // Somebody made what is there before ownership was recorded.
      let unknown = ManagedFields.Owner("before-first-apply", .update, apiVersion: apiVersion, subresource: nil)
      managers.set(ownable(FieldSet(of: live, schema)), of: unknown, apiVersion: apiVersion)
    }
    let before = managers

    let abandoned = managers.entries[owner]?.fields.subtracting(claims) ?? FieldSet()
    managers.set(claims, of: owner, apiVersion: apiVersion)
    let base = live ?? .object([:])
    var merged = merge(configuration, into: base, schema)
    if !abandoned.isEmpty { merged = prune(merged, abandoned, owned: managers.owned, schema) }

    let changes = FieldChanges(from: base, to: merged, schema)
    let conflicts = managers.entries.compactMap { other, entry -> (ManagedFields.Owner, FieldSet)? in
      guard other != owner else { return nil }
      let common = entry.fields.intersection(changes.written)
      return common.isEmpty ? nil : (other, common)
    }
    if !conflicts.isEmpty && !force { throw ApplyConflict(conflicts) }
    managers.take(changes.written.union(changes.removed), fromAllBut: owner)

    if let live, managers == before, changes.isEmpty { return live }
    managers.entries[owner]?.time = now
    return write(managers, to: merged)
  }

  /// A new version of an object, written by other means than apply, with its changes put down to its writer.
  ///
  /// - Parameters:
  ///   - old: nil for an object that is created.
  ///   - new: the object as it is about to be stored.
  public static func trackUpdate(
    old: JSON?, new: JSON, schema: Schema, manager: String, apiVersion: String, subresource: String?, now: String
  ) -> JSON {
    let schema = schema.knowingMetadata
    var managers = ManagedFields(of: old)
    if subresource == nil, old != nil, let given = new["metadata"]?["managedFields"]?.arrayValue, !given.isEmpty {
      // Clients may change who owns what; a list of one empty entry asks to forget everything.
      let stated = ManagedFields(of: new)
      if !stated.entries.isEmpty || given == [[:]] { managers = stated }
    }
    let changes = FieldChanges(from: old ?? .object([:]), to: new, schema)
    let written = ownable(changes.written)
    let owner = ManagedFields.Owner(manager, .update, apiVersion: apiVersion, subresource: subresource)
    let before = managers.entries[owner]?.fields ?? FieldSet()
    let after = before.subtracting(changes.removed).union(written)
    managers.take(written.union(changes.removed), fromAllBut: owner)
    managers.set(after, of: owner, apiVersion: apiVersion)
    if after != before {
      managers.entries[owner]?.time = now
      managers.capUpdateManagers()
    }
    return write(managers, to: new)
  }

  private static func write(_ managers: ManagedFields, to object: JSON) -> JSON {
    var object = object
    let entries: JSON? = managers.entries.isEmpty ? .none : managers.json
    object[path: ["metadata", "managedFields"]] = entries
    return object
  }
}

extension ServerSideApply {
  /// Members of `metadata` that the system writes and no configuration changes.
  private static let systemFields = [
    "resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "selfLink", "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ]

  /// What nobody owns.
  private static let unowned: FieldSet = {
    var metadata = FieldSet()
    for name in systemFields + ["name", "namespace", "clusterName"] { metadata.children["f:" + name] = .member }
    return FieldSet(children: ["f:apiVersion": .member, "f:kind": .member, "f:metadata": metadata])
  }()

  static func ownable(_ fields: FieldSet) -> FieldSet {
    var fields = fields.subtractingBelow(unowned)
    fields.isMember = false
    fields.children["f:metadata"]?.isMember = false
    if fields.children["f:metadata"]?.isEmpty == true { fields.children["f:metadata"] = nil }
    return fields
  }

  private static func withoutSystemFields(_ configuration: JSON) -> JSON {
    guard var metadata = configuration["metadata"] else { return configuration }
    for name in systemFields { metadata[name] = nil }
    var configuration = configuration
    configuration["metadata"] = metadata
    return configuration
  }
}

extension Schema {
  /// CRDs mostly say no more of `metadata` than that it is an object.
  fileprivate var knowingMetadata: Schema {
    properties["metadata"]?.properties.isEmpty == false ? self : asResource
  }
}
