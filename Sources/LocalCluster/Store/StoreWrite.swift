import Kubernetes

/// A write that waits for its commit.
struct StoreWrite: Sendable {
  enum Operation: Sendable {
    case create
    case update(ifRevision: Int64)
    case delete(ifRevision: Int64)
  }

  let operation: Operation
  let key: StoreKey
  /// The new object; for a deletion its last state.
  let value: JSON
}

/// Decides one batch of writes against the state they find, each seeing those before it. Pure: the result is made
/// durable and visible by the store.
struct StoreBatch {
  private let state: StoreState
  private let selectableFields: @Sendable (String, JSON) -> [String: String]
  private var changed: [StoreKey: StoredObject?] = [:]
  private(set) var revision: Int64
  private(set) var events: [StoreEvent] = []

  init(on state: StoreState, selectableFields: @escaping @Sendable (String, JSON) -> [String: String]) {
    self.state = state
    self.selectableFields = selectableFields
    revision = state.revision
  }

  private func current(_ key: StoreKey) -> StoredObject? {
    if let changed = changed[key] { return changed }
    return state.object(key)
  }

  /// - Returns: the object as it will be stored, its new `metadata.resourceVersion` included.
  mutating func apply(_ write: StoreWrite) -> Result<StoredObject, StoreError> {
    let previous = current(write.key)
    let kind: StoreEvent.Kind
    switch (write.operation, previous) {
    case (.create, nil): kind = .added
    case (.create, .some): return .failure(.alreadyExists(write.key))
    case (.update, nil), (.delete, nil): return .failure(.notFound(write.key))
    case (.update(let expected), .some(let found)):
      guard found.revision == expected else { return .failure(.conflict(write.key)) }
      kind = .modified
    case (.delete(let expected), .some(let found)):
      guard found.revision == expected else { return .failure(.conflict(write.key)) }
      kind = .deleted
    }
    revision += 1
    let object = StoredObject(
      key: write.key, value: write.value, revision: revision, selectableFields: selectableFields)
    changed[write.key] = .some(kind == .deleted ? nil : object)
    events.append(StoreEvent(kind: kind, revision: revision, object: object, previous: previous))
    return .success(object)
  }
}

extension StoredObject {
  /// The object of a value, with the revision written into it.
  convenience init(
    key: StoreKey, value: JSON, revision: Int64, selectableFields: (String, JSON) -> [String: String]
  ) {
    var value = value
    value[path: ["metadata", "resourceVersion"]] = .string(String(revision))
    self.init(
      key: key, uid: value[path: ["metadata", "uid"]]?.stringValue ?? "", revision: revision,
      body: value.serialized(), labels: value.labels, fields: selectableFields(key.resource, value))
  }
}

extension JSON {
  /// The labels of an object.
  var labels: [String: String] {
    (self[path: ["metadata", "labels"]]?.objectValue ?? [:]).compactMapValues(\.stringValue)
  }
}
