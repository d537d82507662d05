import Kubernetes

/// The objects of the control plane: every write durable before it is answered, every read from memory.
///
/// Writes carry the revision they were decided on and fail with ``StoreError/conflict(_:)`` if it is no longer the
/// object's. Revisions are numbers that only rise, over all objects together and over restarts.
public final class Store: Sendable {
  private let file: StoreFile
  private let memory: StoreMemory
  private let commits: GroupCommit

  /// Opens the store in a file, which is created if it is not there.
  ///
  /// - Parameters:
  ///   - path: of the SQLite file; its folder must exist.
  ///   - selectableFields: what field selectors may ask of an object, by resource and value; `metadata.name` and
  ///     `metadata.namespace` need not be among them.
  public convenience init(
    path: String, selectableFields: @escaping @Sendable (String, JSON) -> [String: String] = { _, _ in [:] }
  ) async throws(StoreError) {
    try await self.init(path: path, limits: EventLog.Limits(), selectableFields: selectableFields)
  }

  init(
    path: String, limits: EventLog.Limits, selectableFields: @escaping @Sendable (String, JSON) -> [String: String]
  ) async throws(StoreError) {
    file = try StoreFile(path: path)
    let (objects, revision) = try await file.load(selectableFields: selectableFields)
    memory = StoreMemory(
      StoreState(revision: revision, objects: objects, limits: limits), selectableFields: selectableFields)
    commits = GroupCommit(file: file, memory: memory)
  }

  public func close() throws(StoreError) { try file.close() }

  /// The revision of the latest write.
  public var revision: Int64 { memory.state.revision }

  // MARK: Reading

  public func get(_ key: StoreKey) -> StoredObject? { memory.state.object(key) }

  /// The objects of a resource in the order of namespace and name.
  ///
  /// - Parameter past: the revision to look back to; nil for now.
  /// - Returns: the objects, and the revision at which this was the list.
  public func list(
    _ resource: String, namespace: String? = nil, at past: Int64? = nil
  ) throws(StoreError) -> (objects: [StoredObject], revision: Int64) {
    let state = memory.state
    return (try state.list(resource, namespace: namespace, at: past), past ?? state.revision)
  }

  /// The events of a resource after a revision, oldest first, and the revision up to which that is all.
  public func events(
    of resource: String, namespace: String? = nil, after revision: Int64
  ) throws(StoreError) -> (events: [StoreEvent], revision: Int64) {
    let state = memory.state
    let events = try state.log.events(after: revision).filter { event in
      event.object.key.resource == resource && (namespace == nil || event.object.key.namespace == namespace)
    }
    return (events, state.revision)
  }

  /// Waits until there is an event of the resource after a revision, the events after it are gone, or the task is
  /// cancelled.
  public func change(of resource: String, after revision: Int64) async {
    await memory.change(of: resource, after: revision)
  }

  // MARK: Writing

  /// - Returns: the object as stored, its resourceVersion filled in.
  public func create(_ key: StoreKey, _ value: JSON) async throws(StoreError) -> StoredObject {
    try await commits.submit(StoreWrite(operation: .create, key: key, value: value)).get()
  }

  public func update(_ key: StoreKey, _ value: JSON, ifRevision: Int64) async throws(StoreError) -> StoredObject {
    try await commits.submit(StoreWrite(operation: .update(ifRevision: ifRevision), key: key, value: value)).get()
  }

  /// - Parameter last: the object's last state, which watches see in the event of its deletion.
  public func delete(_ key: StoreKey, last: JSON, ifRevision: Int64) async throws(StoreError) -> StoredObject {
    try await commits.submit(StoreWrite(operation: .delete(ifRevision: ifRevision), key: key, value: last)).get()
  }
}
