import Foundation
import Kubernetes
import Logging

/// The node's own object and its heartbeat: the Lease every ten seconds, the status when something changes and every five
/// minutes (the kubelet's intervals).
struct NodeRegistration: Sendable {
  let settings: NodeSettings
  let client: KubernetesClient
  let logger: Logger

  static let heartbeat = Duration.seconds(10)
  static let leaseSeconds = 40
  static let statusInterval = Duration.seconds(300)
  static let leaseNamespace = "kube-node-lease"

  /// Registers, and goes on until it is cancelled. Whatever fails is tried again; an object that was deleted is made
  /// anew, and a node that was given up for lost while its process stood still says at once that it is back.
  func run() async {
    let own = ObjectCache<Node>(client, fields: "metadata.name=\(settings.name)")
    let wakeup = Wakeup()
    await withDiscardingTaskGroup { group in
      group.addTask { try? await own.run() }
      group.addTask { for await _ in own.changes() { wakeup.signal() } }
      await loop(own, wakeup)
      group.cancelAll()
    }
  }

  private func loop(_ own: ObjectCache<Node>, _ wakeup: Wakeup) async {
    // Not by the time of day, which people and time servers set: a node must not fall silent because of that.
    var statusDue = ContinuousClock.now
    var leaseDue = ContinuousClock.now
    var pause = Duration.milliseconds(100)
    while !Task.isCancelled {
      do {
        if leaseDue <= .now {
          try await renewLease()
          leaseDue = .now + Self.heartbeat
        }
        if statusDue <= .now || (own.hasSynced && needsReport(own.get(settings.name))) {
          try await reportStatus(try await register())
          statusDue = .now + Self.statusInterval
        }
        pause = .milliseconds(100)
        await wakeup.wait(atMost: max(min(leaseDue, statusDue) - .now, .zero))
      } catch {
        if Task.isCancelled { return }
        logger.warning("cannot report to the API server, trying again", metadata: ["error": "\(error)"])
        (statusDue, leaseDue) = (.now, .now)
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(5))
      }
    }
  }

  private func needsReport(_ node: Node?) -> Bool {
    node?.status?.conditions?.first { $0.type == "Ready" }?.status != "True"
  }

  private func register() async throws -> Node {
    let labels = settings.allLabels
    if let node = try await client.find(Node.self, settings.name) {
      // Labels that people added stay, the node's own are put back.
      if labels.allSatisfy({ node.labels[$0.key] == $0.value }) && node.spec?.podCIDR == settings.podRange {
        return node
      }
      return try await client.patch(
        Node.self, settings.name,
        .merge([
          "metadata": ["labels": .object(labels.mapValues { .string($0) })],
          "spec": node.spec?.podCIDR == nil
            ? ["podCIDR": .string(settings.podRange), "podCIDRs": [.string(settings.podRange)]] : [:],
        ]))
    }
    return try await client.create(
      Node.named(settings.name) {
        $0.metadata.labels = labels
        $0.spec = .with {
          $0.podCIDR = settings.podRange
          $0.podCIDRs = [settings.podRange]
          $0.providerID = "matriarch://local/\(settings.name)"
        }
      })
  }

  private func reportStatus(_ node: Node) async throws {
    let status = NodeStatusReport(settings: settings, system: .ofThisMachine(), now: Date()).status(known: node.status)
    let patch: JSON = ["status": try JSON(encoding: status)]
    _ = try await client.patch(Node.self, settings.name, .strategic(patch), subresource: "status")
  }

  private func renewLease() async throws {
    let now = Timestamps.microText(Date())
    do {
      _ = try await client.patch(
        Lease.self, settings.name, in: Self.leaseNamespace,
        .merge(["spec": ["renewTime": .string(now), "holderIdentity": .string(settings.name)]]))
    } catch let error as APIError where error.isNotFound {
      _ = try await client.create(
        Lease.named(settings.name, in: Self.leaseNamespace) {
          $0.spec = .with {
            $0.holderIdentity = settings.name
            $0.leaseDurationSeconds = Self.leaseSeconds
            $0.renewTime = now
          }
        })
    }
  }
}
