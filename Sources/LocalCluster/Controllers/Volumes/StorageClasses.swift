import Kubernetes

/// The storage classes that there are from the beginning: `standard`, the default, and the one that manifests for
/// Azure name.
struct StorageClasses: Sendable {
  static let builtin: [StorageClass] = [storageClass("standard", isDefault: true), storageClass("managed-csi-premium")]
  private let context: ControllerContext

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    Controller(
      "storageclass", caches: [context.caches.storageClasses],
      sources: [
        { queue in for storageClass in Self.builtin { await queue.add(ObjectKey(storageClass)) } }
      ],
      logger: context.logger
    ) { key in
      // Made once at the start; one that a person deletes stays away until the next, as any add-on's would.
      guard context.caches.storageClasses.get(key) == nil,
        let storageClass = Self.builtin.first(where: { ObjectKey($0) == key })
      else { return nil }
      do {
        context.caches.storageClasses.observe(try await context.client.create(storageClass))
      } catch let error as APIError where error.isAlreadyExists {
        return nil
      }
      return nil
    }
  }

  private static func storageClass(_ name: String, isDefault: Bool = false) -> StorageClass {
    .named(name) {
      if isDefault { $0.metadata.annotations = [ClaimStep.defaultClass: "true"] }
      $0.provisioner = ClaimStep.provisioner
      $0.reclaimPolicy = "Delete"
      // Every node of the machine reaches every directory: there is nothing to wait for.
      $0.volumeBindingMode = "Immediate"
      $0.allowVolumeExpansion = true
    }
  }
}
