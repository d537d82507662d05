import Foundation
import Kubernetes

/// The columns of claims, volumes and classes.
enum StorageColumns {
  static let byResource: [String: [TableColumn]] = [
    "persistentvolumeclaims": [
      .name,
      TableColumn("Status") { claim, _ in
        claim.deletionTimestamp != nil ? "Terminating" : claim[path: ["status", "phase"]] ?? ""
      },
      .text("Volume", "spec", "volumeName"), .text("Capacity", "status", "capacity", "storage"),
      accessModes("status"), .text("StorageClass", "spec", "storageClassName"),
      .text("VolumeAttributesClass", "spec", "volumeAttributesClassName", fallback: "<unset>"), .age,
      .text("VolumeMode", "spec", "volumeMode", wide: true),
    ],
    "persistentvolumes": [
      .name, .text("Capacity", "spec", "capacity", "storage"), accessModes("spec"),
      .text("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"),
      TableColumn("Status") { volume, _ in
        volume.deletionTimestamp != nil ? "Terminating" : volume[path: ["status", "phase"]] ?? ""
      },
      TableColumn("Claim") { volume, _ in
        guard let claim = volume[path: ["spec", "claimRef"]] else { return "" }
        return .string("\(claim["namespace"]?.stringValue ?? "")/\(claim["name"]?.stringValue ?? "")")
      },
      .text("StorageClass", "spec", "storageClassName"),
      .text("VolumeAttributesClass", "spec", "volumeAttributesClassName", fallback: "<unset>"),
      .text("Reason", "status", "reason"), .age, .text("VolumeMode", "spec", "volumeMode", wide: true),
    ],
    "storageclasses.storage.k8s.io": [
      TableColumn("Name", format: "name") { storage, _ in
        let isDefault =
          storage[path: ["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"]] == "true"
        return .string(storage.objectName + (isDefault ? " (default)" : ""))
      },
      .text("Provisioner", "provisioner"), .text("ReclaimPolicy", "reclaimPolicy", fallback: "Delete"),
      .text("VolumeBindingMode", "volumeBindingMode", fallback: "Immediate"),
      .text("AllowVolumeExpansion", "allowVolumeExpansion", fallback: "false"), .age,
    ],
  ]

  private static let shortModes = [
    "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
  ]

  private static func accessModes(_ part: String) -> TableColumn {
    TableColumn("Access Modes") { object, _ in
      let modes = (object[path: [part, "accessModes"]]?.arrayValue ?? []).compactMap(\.stringValue)
      return .string(modes.map { shortModes[$0] ?? $0 }.joined(separator: ","))
    }
  }
}
