import ClusterAPI
import Kubernetes

/// One volume of an instance: what it is for, and how its claim is called.
struct InstanceVolume: Hashable {
  enum Kind { case data, wal }

  let kind: Kind
  let instance: InstanceName

  var role: VolumeRole { kind == .data ? .data : .wal }

  var claimName: String {
    switch kind {
    case .data: instance.text
    case .wal: ObjectNames.walVolume(of: instance.text)
    }
  }
}

/// `<cluster>-<serial>`.
struct InstanceName: Hashable, Comparable {
  let cluster: String
  let serial: Int

  var text: String { "\(cluster)-\(serial)" }

  init(cluster: String, serial: Int) {
    self.cluster = cluster
    self.serial = serial
  }

  /// Nil for a name that no instance of this cluster can have.
  init?(_ text: String, cluster: String) {
    guard text.hasPrefix("\(cluster)-"), let serial = Int(text.dropFirst(cluster.count + 1)), serial > 0,
      text == "\(cluster)-\(serial)"
    else { return nil }
    self.init(cluster: cluster, serial: serial)
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.cluster, left.serial) < (right.cluster, right.serial)
  }
}

extension Blueprint {
  func instance(_ serial: Int) -> InstanceName { InstanceName(cluster: name, serial: serial) }

  func volumes(of instance: InstanceName) -> [InstanceVolume] {
    var volumes = [InstanceVolume(kind: .data, instance: instance)]
    if spec.walStorage != nil { volumes.append(InstanceVolume(kind: .wal, instance: instance)) }
    return volumes
  }

  func claim(_ volume: InstanceVolume) -> PersistentVolumeClaim {
    let storage = volume.kind == .data ? spec.storage : spec.walStorage
    var labels = recommendedLabels
    labels[Labels.appInstance] = nil
    labels[Labels.appVersion] = nil
    labels[Labels.instanceName] = volume.instance.text
    labels[Labels.pvcRole] = volume.role.rawValue
    var claim = object(
      PersistentVolumeClaim.self, volume.claimName, labels: labels,
      annotations: [
        Annotations.nodeSerial: String(volume.instance.serial),
        // The instance fills its own data directory; until then the claim is not ready.
        Annotations.pvcStatus: volume.kind == .data ? "initializing" : "ready",
      ])
    var spec = storage?.pvcTemplate ?? PersistentVolumeClaimSpec()
    if spec.accessModes?.isEmpty ?? true { spec.accessModes = ["ReadWriteOnce"] }
    if let storageClass = storage?.storageClass { spec.storageClassName = storageClass }
    if let size = storage?.size, let quantity = try? Quantity(parsing: size) {
      var resources = spec.resources ?? .init()
      resources.requests = ["storage": quantity]
      spec.resources = resources
    }
    claim.spec = spec
    return claim
  }
}
