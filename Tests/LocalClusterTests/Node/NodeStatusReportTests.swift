import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A node's own object")
struct NodeStatusReportTests {
  let settings = NodeSettings(
    name: "local-1", zone: "a", address: "127.64.0.11", podRange: "127.64.1.0/24", stateDirectory: "/s/nodes/local-1",
    clusterDirectory: "/s", volumesDirectory: "/s/volumes", labels: ["workload": "postgres"],
    images: [.postgreSQL(major: 15, directory: "/usr/lib/postgresql/15")], shim: "/s/bin/shim",
    apiServerHost: "127.64.0.1", apiServerPort: 6443, certificatePath: "", keyPath: "", clientAuthorityPath: "")
  let now = Date(timeIntervalSince1970: 1_000_000)

  private func status(known: NodeStatus? = nil) -> NodeStatus {
    let system = NodeStatusReport.System(kernel: "6", operatingSystem: "Debian", bootID: "b", machineID: "m")
    return NodeStatusReport(settings: settings, system: system, now: now).status(known: known)
  }

  @Test("is labelled with zone, name and system, old label and new")
  func labels() {
    let labels = settings.allLabels
    #expect(labels["workload"] == "postgres")
    #expect(labels["topology.kubernetes.io/zone"] == "a")
    #expect(labels["failure-domain.beta.kubernetes.io/zone"] == "a")
    #expect(labels["kubernetes.io/hostname"] == "local-1")
    #expect(labels["kubernetes.io/os"] == "linux")
  }

  @Test("says that the node is ready, where it listens, what it offers and which images it has")
  func content() {
    let status = status()
    #expect(status.conditions?.first { $0.type == "Ready" }?.status == "True")
    #expect(status.addresses?.first { $0.type == "InternalIP" }?.address == "127.64.0.11")
    #expect(status.daemonEndpoints?.kubeletEndpoint?.Port == 10250)
    #expect(status.allocatable?["memory"] == Quantity(64 << 30))
    #expect(status.images?.first?.names?.first == "ghcr.io/cloudnative-pg/postgresql:15")
  }

  @Test("keeps the time since when it is ready, and begins anew after it was lost")
  func transitions() {
    func known(_ ready: String) -> NodeStatus {
      .with {
        $0.conditions = [
          .with {
            $0.type = "Ready"
            $0.status = ready
            $0.lastTransitionTime = "2020-01-01T00:00:00Z"
          }
        ]
      }
    }
    func since(_ status: NodeStatus) -> String? { status.conditions?.first { $0.type == "Ready" }?.lastTransitionTime }
    #expect(since(status(known: known("True"))) == "2020-01-01T00:00:00Z")
    #expect(since(status(known: known("Unknown"))) == Timestamps.text(now))
  }

  @Test("has settings that survive being written down")
  func coding() throws {
    #expect(try JSONDecoder().decode(NodeSettings.self, from: JSONEncoder().encode(settings)) == settings)
  }
}

@Suite("A machine for sandboxes")
struct SandboxCheckTests {
  @Test("is one where bubblewrap works", .enabled(if: PodBench.isPossible))
  func possible() async throws { try await Sandbox.check() }

  @Test("is told what is missing")
  func remedies() {
    #expect(
      "\(Sandbox.Failure.missing("/usr/bin/bwrap", package: "bubblewrap"))".contains("apt-get install bubblewrap"))
    #expect("\(Sandbox.Failure.forbidden("no"))".contains("sysctl -w user.max_user_namespaces"))
  }
}
