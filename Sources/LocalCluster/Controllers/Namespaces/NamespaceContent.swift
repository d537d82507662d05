import Foundation
import Kubernetes

/// What is left in a namespace that is being deleted.
struct NamespaceContent: Sendable, Equatable {
  /// Numbers by `plural.group`.
  var remaining: [String: Int] = [:]
  /// Numbers by finalizer.
  var finalizers: [String: Int] = [:]
  /// Kinds that could not be read or emptied, with the reason.
  var failures: [String] = []

  var isEmpty: Bool { remaining.isEmpty && failures.isEmpty }

  mutating func add(_ resource: ResourceType, _ objects: [GraphObject]) {
    guard !objects.isEmpty else { return }
    let name = resource.group.isEmpty ? "\(resource.plural)." : "\(resource.plural).\(resource.group)"
    remaining[name, default: 0] += objects.count
    for finalizer in objects.flatMap(\.finalizers) { finalizers[finalizer, default: 0] += 1 }
  }

  /// The namespace's conditions, in Kubernetes' words.
  func conditions(before: [NamespaceCondition], now: Date) -> [NamespaceCondition] {
    func list(_ counts: [String: Int], _ word: String) -> String {
      counts.sorted { $0.key < $1.key }.map { "\($0.key) \(word) \($0.value) resource instances" }.joined(
        separator: ", ")
    }
    let wanted: [(type: String, isTrue: Bool, reason: String, message: String)] = [
      (
        "NamespaceDeletionContentFailure", !failures.isEmpty,
        failures.isEmpty ? "ContentDeleted" : "ContentDeletionFailed",
        failures.isEmpty
          ? "All content successfully deleted, may be waiting on finalization"
          : "Failed to delete all resource types, \(failures.count) remaining: \(failures.joined(separator: ", "))"
      ),
      (
        "NamespaceContentRemaining", !remaining.isEmpty, remaining.isEmpty ? "ContentRemoved" : "SomeResourcesRemain",
        remaining.isEmpty
          ? "All content successfully removed" : "Some resources are remaining: \(list(remaining, "has"))"
      ),
      (
        "NamespaceFinalizersRemaining", !finalizers.isEmpty,
        finalizers.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
        finalizers.isEmpty
          ? "All content-preserving finalizers finished"
          : "Some content in the namespace has finalizers remaining: \(list(finalizers, "in"))"
      ),
    ]
    return before.filter { known in !wanted.contains { $0.type == known.type } }
      + wanted.map { wanted in
        let known = before.first { $0.type == wanted.type }
        let status = wanted.isTrue ? "True" : "False"
        return .with {
          $0.type = wanted.type
          $0.status = status
          $0.reason = wanted.reason
          $0.message = wanted.message
          $0.lastTransitionTime =
            known.flatMap { $0.status == status ? $0.lastTransitionTime : nil } ?? now.kubernetesTime
        }
      }
  }
}
