import Logging
import Synchronization

/// Writes events about objects, for `kubectl describe`. Recording never waits and never fails; somebody must ``run()``
/// the recorder for events to be written, and what cannot be written is logged and dropped.
public struct EventRecorder: Sendable {
  public enum EventType: String, Sendable {
    case normal = "Normal"
    case warning = "Warning"
  }

  private struct Pending: Sendable {
    var occurrence: EventAggregation.Occurrence
    var time: String
  }

  private let client: KubernetesClient
  private let component: String
  private let instance: String
  private let logger: Logger
  private let pending: AsyncStream<Pending>
  private let mailbox: AsyncStream<Pending>.Continuation

  /// - Parameters:
  ///   - component: what reports, as `kubectl describe` shows it.
  ///   - instance: which of several, such as the pod's name.
  public init(
    _ client: KubernetesClient, component: String, instance: String, logger: Logger = Logger(label: "events")
  ) {
    self.client = client
    self.component = component
    self.instance = instance
    self.logger = logger
    (pending, mailbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1024))
  }

  /// - Parameters:
  ///   - reason: one word in CamelCase, for programs.
  ///   - message: a sentence for people, without secrets; what exceeds 1024 bytes is cut.
  public func record(_ type: EventType, reason: String, message: String, about object: some APIObject) {
    record(type, reason: reason, message: message, about: ObjectReference(to: object))
  }

  public func record(_ type: EventType, reason: String, message: String, about object: ObjectReference) {
    let occurrence = EventAggregation.Occurrence(
      about: object, type: type.rawValue, reason: reason, message: Self.shortened(message))
    let result = mailbox.yield(Pending(occurrence: occurrence, time: Timestamp.seconds()))
    if case .dropped = result {
      logger.warning("too many events wait; one is dropped", metadata: ["reason": "\(reason)"])
    }
  }

  /// Writes what is recorded, until cancelled. For one task.
  public func run() async {
    var aggregation = EventAggregation()
    for await item in pending {
      let name = "\(item.occurrence.about.name ?? "").\(String(UInt64.random(in: 1 << 60 ... .max), radix: 16))"
      let action = aggregation.record(item.occurrence, now: .now, newName: name)
      do {
        try await withDeadline(.seconds(10)) { try await write(item, action) }
      } catch {
        if Task.isCancelled { return }
        aggregation.forget(item.occurrence)
        logger.warning(
          "an event could not be written",
          metadata: ["reason": "\(item.occurrence.reason)", "error": "\(error)"])
      }
    }
  }

  private func write(_ item: Pending, _ action: EventAggregation.Action) async throws {
    // Events about objects without a namespace are kept in `default`.
    let namespace = item.occurrence.about.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
    switch action {
    case .drop: return
    case .create(let name, let count):
      _ = try await client.create(event(item, name: name, namespace: namespace, count: count))
    case .update(let name, let count):
      do {
        let change: JSON = ["count": .int(Int64(count)), "lastTimestamp": .string(item.time)]
        _ = try await client.patch(Event.resource, name, in: namespace, .merge(change))
      } catch let error as APIError where error.isNotFound {
        _ = try await client.create(event(item, name: name, namespace: namespace, count: count))
      }
    }
  }

  private func event(_ item: Pending, name: String, namespace: String, count: Int) -> Event {
    Event.named(name, in: namespace) {
      $0.involvedObject = item.occurrence.about
      $0.type = item.occurrence.type
      $0.reason = item.occurrence.reason
      $0.message = item.occurrence.message
      $0.source = EventSource.with { $0.component = component }
      $0.reportingComponent = component
      $0.reportingInstance = instance
      $0.firstTimestamp = item.time
      $0.lastTimestamp = item.time
      $0.count = count
    }
  }

  /// Kubernetes refuses messages of more than 1024 bytes.
  static func shortened(_ message: String) -> String {
    guard message.utf8.count > 1024 else { return message }
    var text = ""
    var length = 0
    for character in message {
      length += character.utf8.count
      if length > 1021 { break }
      text.append(character)
    }
    return text + "…"
  }
}

extension ObjectReference {
  /// A reference to an object that was read or written.
  public init<Object: APIObject>(to object: Object) {
    self.init()
    apiVersion = Object.resource.apiVersion
    kind = Object.resource.kind
    name = object.metadata.name
    namespace = object.metadata.namespace
    uid = object.metadata.uid
    resourceVersion = object.metadata.resourceVersion
  }
}

extension OwnerReference {
  /// A reference that makes an object belong to this one, which controls it.
  public init<Object: APIObject>(controller object: Object, blocksDeletion: Bool = true) {
    self.init()
    apiVersion = Object.resource.apiVersion
    kind = Object.resource.kind
    name = object.name
    uid = object.uid
    controller = true
    blockOwnerDeletion = blocksDeletion
  }
}
