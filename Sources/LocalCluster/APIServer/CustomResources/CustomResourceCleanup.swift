import Foundation
import Kubernetes

/// Finishes the deletion of CustomResourceDefinitions: first every object of theirs goes, then the definition.
struct CustomResourceCleanup: Sendable {
  private static let definitions = "customresourcedefinitions.apiextensions.k8s.io"

  let core: APICore

  func run() async throws {
    while !Task.isCancelled {
      let revision = core.store.revision
      var isWaiting = false
      for object in try core.store.list(Self.definitions).objects {
        let value = try object.value()
        guard value.deletionTimestamp != nil,
          value.finalizers.contains(CustomResourceDefinitionStrategy.cleanupFinalizer)
        else { continue }
        if try await !finish(object, value) { isWaiting = true }
      }
      await waitForChange(after: revision, retries: isWaiting)
    }
  }

  /// - Returns: whether the definition is done with.
  private func finish(_ object: StoredObject, _ value: JSON) async throws -> Bool {
    guard let resource = core.registry.all.first(where: { $0.storeName == object.key.name }) else {
      return try await release(object, value)
    }
    let remaining = try core.store.list(resource.storeName).objects
    guard !remaining.isEmpty else { return try await release(object, value) }
    for item in remaining { try await delete(item, resource) }
    let left = try core.store.list(resource.storeName).objects
    return left.isEmpty ? try await release(object, value) : false
  }

  private func delete(_ item: StoredObject, _ resource: ResourceDefinition) async throws {
    let options = try DeletionOptions(body: [:]) { _ in nil }
    do {
      switch Deletion.step(try item.value(), options, resource: resource, now: Timestamp.seconds()) {
      case .remove(let last): _ = try await core.store.delete(item.key, last: last, ifRevision: item.revision)
      case .mark(let marked): _ = try await core.store.update(item.key, marked, ifRevision: item.revision)
      case .nothing: break
      }
    } catch {
      // Somebody changed it meanwhile: the next round sees what it is now.
      guard error.isOvertaken else { throw error }
    }
  }

  private func release(_ object: StoredObject, _ value: JSON) async throws -> Bool {
    var value = value
    value.finalizers.removeAll { $0 == CustomResourceDefinitionStrategy.cleanupFinalizer }
    let isLast = value.finalizers.isEmpty
    // Whoever sees the definition go must not find its resource any more.
    if isLast { core.registry.serve(object.key.name, [], revision: object.revision) }
    do {
      let written =
        isLast
        ? try await core.store.delete(object.key, last: value, ifRevision: object.revision)
        : try await core.store.update(object.key, value, ifRevision: object.revision)
      core.wrote(written, wasDeleted: isLast)
      return true
    } catch {
      if isLast { core.serveDefinition(object) }
      guard error.isOvertaken else { throw error }
      return false
    }
  }

  /// Until a definition changes; while objects with finalizers are waited for, no longer than a moment.
  private func waitForChange(after revision: Int64, retries: Bool) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await core.store.change(of: Self.definitions, after: revision) }
      if retries { group.addTask { try? await Task.sleep(for: .seconds(1)) } }
      await group.next()
      group.cancelAll()
    }
  }
}
