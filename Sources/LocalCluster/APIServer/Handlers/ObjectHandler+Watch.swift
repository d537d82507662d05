import Foundation
import Kubernetes
import ServiceLifecycle
import Web

extension ObjectHandler {
  /// Streams the changes of the resource, one JSON object a line.
  func watch() throws(StatusError) -> HTTPResponse {
    var selection = try selection()
    if let name = request.target.name {
      selection.fields = try? FieldSelector(parsing: "metadata.name=\(name)")
    }
    let presentation = try request.presentation()
    let start = try watchStart()
    let timeout = try request.query("timeoutSeconds").map { text throws(StatusError) in
      guard let seconds = Int(text), seconds >= 0 else {
        throw .badRequest("timeoutSeconds: Invalid value: \"\(text)\"")
      }
      return seconds
    }
    // As in Kubernetes, where a watch without a timeout lasts between half an hour and an hour, so that not all end
    // at once. No watch lasts longer than a day: the clock traps on far instants.
    let seconds = timeout.flatMap { $0 == 0 ? nil : min($0, 86_400) } ?? Int.random(in: 1800..<3600)
    let watch = WatchStream(
      handler: self, selection: selection, presentation: presentation,
      bookmarks: request.flag("allowWatchBookmarks"), deadline: .now + .seconds(seconds))
    return HTTPResponse(
      status: 200, headers: ["content-type": "application/json"],
      body: .stream { writer in
        // A watch has no end of its own and must not hold up the server's.
        try await cancelWhenGracefulShutdown { try await watch.run(from: start, to: writer) }
      })
  }

  private func watchStart() throws(StatusError) -> WatchStream.Start {
    let text = request.query("resourceVersion") ?? ""
    guard let revision = text.isEmpty ? 0 : Int64(text), revision >= 0 else {
      throw .badRequest("resourceVersion: Invalid value: \"\(text)\"")
    }
    if request.flag("sendInitialEvents") { return .initialEvents(marksEnd: true) }
    return revision == 0 ? .initialEvents(marksEnd: false) : .after(revision)
  }
}

/// One client's watch.
struct WatchStream: Sendable {
  enum Start: Sendable {
    /// First everything there is, as additions.
    case initialEvents(marksEnd: Bool)
    case after(Int64)
  }

  /// How long a client that wants bookmarks stays without one.
  static let bookmarkInterval = Duration.seconds(60)

  let handler: ObjectHandler
  let selection: ObjectSelection
  let presentation: Presentation
  let bookmarks: Bool
  let deadline: ContinuousClock.Instant

  private var resource: ResourceDefinition { handler.resource }

  func run(from start: Start, to writer: ResponseWriter) async throws {
    var isFirst = true
    var revision: Int64
    switch start {
    case .after(let past): revision = past
    case .initialEvents(let marksEnd):
      let (objects, current) = try handler.store.list(resource.storeName, namespace: handler.scope)
      for object in objects where selection.matches(object) {
        try await send("ADDED", object, isFirst: &isFirst, to: writer)
      }
      revision = current
      if marksEnd { try await sendBookmark(revision, endsInitialEvents: true, isFirst: &isFirst, to: writer) }
    }
    var nextBookmark = ContinuousClock.now + Self.bookmarkInterval
    while ContinuousClock.now < deadline {
      do {
        let (events, current) = try handler.store.events(
          of: resource.storeName, namespace: handler.scope, after: revision)
        for event in events { try await send(event, isFirst: &isFirst, to: writer) }
        // A revision that has not been given yet is another store's.
        guard revision <= current else { throw StoreError.gone(requested: revision, oldest: current) }
        revision = current
      } catch let error as StoreError {
        let status = StatusError.expired("\(error)").json
        return try await write(["type": "ERROR", "object": status], to: writer)
      }
      if bookmarks, ContinuousClock.now >= nextBookmark {
        try await sendBookmark(revision, endsInitialEvents: false, isFirst: &isFirst, to: writer)
        nextBookmark = .now + Self.bookmarkInterval
      }
      await waitForChange(after: revision, until: bookmarks ? min(nextBookmark, deadline) : deadline)
      try Task.checkCancellation()
    }
    // The client goes on from here with its next watch.
    if bookmarks { try await sendBookmark(revision, endsInitialEvents: false, isFirst: &isFirst, to: writer) }
  }

  private func waitForChange(after revision: Int64, until instant: ContinuousClock.Instant) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await handler.store.change(of: resource.storeName, after: revision) }
      group.addTask { try? await Task.sleep(until: instant) }
      await group.next()
      group.cancelAll()
    }
  }

  /// An object that begins to match is added for this client, one that no longer matches is deleted.
  private func send(_ event: StoreEvent, isFirst: inout Bool, to writer: ResponseWriter) async throws {
    let matched = event.previous.map(selection.matches) ?? false
    let matches = event.kind != .deleted && selection.matches(event.object)
    switch (matched, matches) {
    case (false, true): try await send("ADDED", event.object, isFirst: &isFirst, to: writer)
    case (true, true): try await send("MODIFIED", event.object, isFirst: &isFirst, to: writer)
    case (true, false): try await send("DELETED", event.object, isFirst: &isFirst, to: writer)
    case (false, false): break
    }
  }

  private func send(_ type: String, _ object: StoredObject, isFirst: inout Bool, to writer: ResponseWriter) async throws
  {
    guard presentation != .object else {
      // The stored text goes out as it is.
      var line = Array(#"{"type":"\#(type)","object":"#.utf8)
      line.append(contentsOf: try handler.body(object))
      line.append(contentsOf: "}\n".utf8)
      return try await writer.write(line)
    }
    let value = try handler.presentable(object)
    try await write(["type": .string(type), "object": try presented(value, isFirst: &isFirst)], to: writer)
  }

  private func presented(_ value: JSON, isFirst: inout Bool) throws -> JSON {
    switch presentation {
    case .object: return value
    case .partialMetadata: return Table.partial(value)
    case .table:
      // Only the first table names the columns.
      defer { isFirst = false }
      let metadata: JSON = ["resourceVersion": .string(value.objectRevision)]
      return try handler.table([value], metadata: metadata, withDefinitions: isFirst)
    }
  }

  private func sendBookmark(
    _ revision: Int64, endsInitialEvents: Bool, isFirst: inout Bool, to writer: ResponseWriter
  ) async throws {
    var object: JSON = [
      "kind": .string(resource.type.kind), "apiVersion": .string(resource.type.apiVersion),
      "metadata": ["resourceVersion": .string(String(revision))],
    ]
    if endsInitialEvents { object[path: ["metadata", "annotations", "k8s.io/initial-events-end"]] = "true" }
    try await write(["type": "BOOKMARK", "object": try presented(object, isFirst: &isFirst)], to: writer)
  }

  private func write(_ value: JSON, to writer: ResponseWriter) async throws {
    var line = value.serialized()
    line.append(0x0A)
    try await writer.write(line)
  }
}
