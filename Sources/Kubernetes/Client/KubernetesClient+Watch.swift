/// The changes of a kind, as they happen. It connects when the first event is asked for, ends when the server ends the
/// watch (which it does every few minutes: watch again from the last resource version), and throws ``APIError``
/// (`isGone`: list again), ``TransportError`` or `CancellationError`.
public struct WatchSequence<Object: Sendable>: AsyncSequence, Sendable {
  public typealias Element = WatchEvent<Object>
  let open: @Sendable () async throws -> StreamedLines
  let decode: @Sendable (JSON) throws -> Object

  public struct AsyncIterator: AsyncIteratorProtocol {
    let watch: WatchSequence
    var lines: StreamedLines.AsyncIterator?

    public mutating func next() async throws -> WatchEvent<Object>? {
      if lines == nil { lines = try await watch.open().makeAsyncIterator() }
      while let line = try await lines?.next() {
        if line.isEmpty { continue }
        if let event = try WatchEvent<JSON>.parse(line) { return try event.map(watch.decode) }
      }
      return nil
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }
}

extension KubernetesClient {
  /// - Parameters:
  ///   - resourceVersion: of a list or of the last event; what changed since is reported. An empty one begins with all
  ///     objects as added.
  ///   - timeout: after which the server ends the watch; 240 to 480 s if nil, so that watches do not end together.
  public func watch(
    _ resource: ResourceType, in namespace: String? = nil, labels: String? = nil, fields: String? = nil,
    from resourceVersion: String, timeout: Int? = nil
  ) -> WatchSequence<JSON> {
    watch(resource, namespace, labels, fields, resourceVersion, timeout) { Self.typed($0, as: resource) }
  }

  public func watch<T: APIObject>(
    _ type: T.Type, in namespace: String? = nil, labels: String? = nil, fields: String? = nil,
    from resourceVersion: String, timeout: Int? = nil
  ) -> WatchSequence<T> {
    watch(T.resource, namespace, labels, fields, resourceVersion, timeout) {
      try Self.typed($0, as: T.resource).decoded(as: T.self)
    }
  }

  private func watch<Object>(
    _ resource: ResourceType, _ namespace: String?, _ labels: String?, _ fields: String?, _ resourceVersion: String,
    _ timeout: Int?, decode: @escaping @Sendable (JSON) throws -> Object
  ) -> WatchSequence<Object> {
    var query = Self.selection(labels, fields)
    query.append(("watch", "true"))
    query.append(("allowWatchBookmarks", "true"))
    query.append(("timeoutSeconds", String(timeout ?? Int.random(in: 240...480))))
    if !resourceVersion.isEmpty { query.append(("resourceVersion", resourceVersion)) }
    return WatchSequence(
      open: { [self, query] in try await streamLines(path: path(resource, nil, namespace), query: query) },
      decode: decode)
  }
}
