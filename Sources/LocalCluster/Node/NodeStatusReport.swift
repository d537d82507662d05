import Foundation
import Glibc
import Kubernetes

/// The status of the node's own object.
struct NodeStatusReport {
  /// What the machine says of itself.
  struct System: Sendable, Equatable {
    var kernel: String
    var operatingSystem: String
    var bootID: String
    var machineID: String

    static func ofThisMachine() -> System {
      func first(_ path: String) -> String {
        (FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "")
          .trimmingCharacters(in: .whitespacesAndNewlines)
      }
      let release = first("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
      return System(
        kernel: first("/proc/sys/kernel/osrelease"),
        operatingSystem: release.map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\""]) } ?? "Linux",
        bootID: first("/proc/sys/kernel/random/boot_id"), machineID: first("/etc/machine-id"))
    }
  }

  let settings: NodeSettings
  let system: System
  let now: Date

  /// - Parameter known: the status so far, for the times of conditions that have not changed.
  func status(known: NodeStatus?) -> NodeStatus {
    .with { status in
      status.capacity = settings.allocatable
      status.allocatable = settings.allocatable
      status.addresses = [
        .with {
          $0.type = "InternalIP"
          $0.address = settings.address
        },
        .with {
          $0.type = "Hostname"
          $0.address = settings.name
        },
      ]
      status.daemonEndpoints = .with { $0.kubeletEndpoint = .with { $0.Port = settings.port } }
      status.images = settings.images.map { image in .with { $0.names = [image.name, image.imageID] } }
      status.nodeInfo = .with {
        $0.architecture = NodeSettings.architecture
        $0.operatingSystem = "linux"
        $0.osImage = system.operatingSystem
        $0.kernelVersion = system.kernel
        $0.bootID = system.bootID
        $0.machineID = system.machineID
        $0.systemUUID = system.machineID
        $0.containerRuntimeVersion = "bubblewrap://host"
        $0.kubeletVersion = "v1.34.0-matriarch"
        $0.kubeProxyVersion = ""
      }
      status.conditions = [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "memory is not measured", known),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "disk is not measured", known),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "processes are not counted", known),
        condition("Ready", "True", "KubeletReady", "the node runs pods as processes", known),
      ]
    }
  }

  private func condition(
    _ type: String, _ status: String, _ reason: String, _ message: String, _ known: NodeStatus?
  ) -> NodeCondition {
    let old = known?.conditions?.first { $0.type == type }
    return .with {
      $0.type = type
      $0.status = status
      $0.reason = reason
      $0.message = message
      $0.lastHeartbeatTime = Timestamps.text(now)
      $0.lastTransitionTime = (old?.status == status ? old?.lastTransitionTime : nil) ?? Timestamps.text(now)
    }
  }
}
