import Kubernetes

/// What a client asks for when it deletes.
struct DeletionOptions: Sendable {
  var gracePeriod: Int?
  var propagation: String?
  var uid: String?
  var resourceVersion: String?
  var isDryRun: Bool

  /// Options from the body (a DeleteOptions) and from the query, which counts where the body says nothing.
  init(body: JSON, query: (String) -> String?) throws(StatusError) {
    let body = DeleteOptions.schema.droppingNulls(body)
    let errors = DeleteOptions.schema.validate(body)
    guard errors.isEmpty else { throw .badRequest("DeleteOptions could not be read: \(errors.aggregateMessage)") }
    gracePeriod = body["gracePeriodSeconds"]?.intValue.map { Int($0) }
    if gracePeriod == nil, let text = query("gracePeriodSeconds") {
      guard let seconds = Int(text) else { throw .badRequest("gracePeriodSeconds: Invalid value: \"\(text)\"") }
      gracePeriod = seconds
    }
    propagation = body["propagationPolicy"]?.stringValue ?? query("propagationPolicy")
    if propagation == nil,
      let orphan = body["orphanDependents"]?.boolValue ?? query("orphanDependents").map(QueryFlag.isSet)
    {
      propagation = orphan ? "Orphan" : "Background"
    }
    uid = body[path: ["preconditions", "uid"]]?.stringValue
    resourceVersion = body[path: ["preconditions", "resourceVersion"]]?.stringValue
    switch (body["dryRun"]?.arrayValue ?? []).map(\.stringValue) {
    case []: isDryRun = false
    case ["All"]: isDryRun = true
    default: throw .badRequest("dryRun: Unsupported value in DeleteOptions: supported values: \"All\"")
    }
    if let propagation, !["Background", "Foreground", "Orphan"].contains(propagation) {
      throw .badRequest(
        "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"\(propagation)\": "
          + "supported values: \"Background\", \"Foreground\", \"Orphan\"")
    }
  }
}

/// How an object goes: at once, after a grace period, or when its finalizers are gone.
enum Deletion {
  enum Step: Sendable, Equatable {
    /// The object is removed now; the value is its last state.
    case remove(JSON)
    /// The object stays, marked as being deleted.
    case mark(JSON)
    /// It is being deleted already, and nothing changes.
    case nothing
  }

  /// The next step for an object that somebody wants deleted.
  static func step(_ object: JSON, _ options: DeletionOptions, resource: ResourceDefinition, now: String) -> Step {
    var marked = object
    applyPropagation(options.propagation, to: &marked)
    if resource.storeName == "namespaces" { marked[path: ["status", "phase"]] = "Terminating" }
    let grace = gracePeriod(object, options, resource: resource)
    if object.deletionTimestamp == nil {
      marked[path: ["metadata", "deletionTimestamp"]] = .string(now)
      marked[path: ["metadata", "deletionGracePeriodSeconds"]] = .int(Int64(grace))
      if resource.countsGenerations, let generation = object[path: ["metadata", "generation"]]?.intValue {
        marked[path: ["metadata", "generation"]] = .int(generation + 1)
      }
    } else if grace < object[path: ["metadata", "deletionGracePeriodSeconds"]]?.intValue ?? 0 {
      // A second deletion may shorten the grace period, never lengthen it.
      marked[path: ["metadata", "deletionGracePeriodSeconds"]] = .int(Int64(grace))
    }
    if isDue(marked) { return .remove(marked) }
    return marked == object ? .nothing : .mark(marked)
  }

  /// Whether nothing keeps an object any more that is being deleted: no finalizer, no grace period.
  static func isDue(_ object: JSON) -> Bool {
    object.finalizers.isEmpty && (object[path: ["metadata", "deletionGracePeriodSeconds"]]?.intValue ?? 0) == 0
      // Namespaces have a list of finalizers of their own.
      && !(object["kind"] == "Namespace" && !(object[path: ["spec", "finalizers"]]?.arrayValue ?? []).isEmpty)
  }

  private static func applyPropagation(_ policy: String?, to object: inout JSON) {
    guard let policy else { return }
    var finalizers = object.finalizers.filter { $0 != "orphan" && $0 != "foregroundDeletion" }
    if policy == "Orphan" { finalizers.append("orphan") }
    if policy == "Foreground" { finalizers.append("foregroundDeletion") }
    if finalizers != object.finalizers { object.finalizers = finalizers }
  }

  /// Only pods have a grace period: their node needs time to stop them. One that no node has, or that is over, goes
  /// at once.
  private static func gracePeriod(_ object: JSON, _ options: DeletionOptions, resource: ResourceDefinition) -> Int {
    guard resource.storeName == "pods" else { return 0 }
    let phase = object[path: ["status", "phase"]]?.stringValue ?? ""
    guard !(object[path: ["spec", "nodeName"]]?.stringValue ?? "").isEmpty, phase != "Succeeded", phase != "Failed"
    else {
      return 0
    }
    let usual = object[path: ["spec", "terminationGracePeriodSeconds"]]?.intValue.map { Int($0) } ?? 30
    let wanted = options.gracePeriod ?? usual
    // A negative period means the least that is not zero.
    return wanted < 0 ? 1 : min(wanted, Int(Int32.max))
  }
}
