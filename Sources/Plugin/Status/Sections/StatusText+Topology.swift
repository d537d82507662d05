import ClusterAPI
import Foundation
import Kubernetes

extension StatusText {
  /// Which instances are in which failure domain, where the Cluster compares domains.
  var topology: [Section] {
    let keys = cluster.failureDomainKeys
    guard !keys.isEmpty else { return [] }
    let places = status.topology?.instances ?? [:]
    var domains: [[String]: [InstanceView]] = [:]
    for instance in view.instances {
      domains[keys.map { places[instance.name]?[$0] ?? "-" }, default: []].append(instance)
    }
    let rows = domains.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { domain, instances -> [Styled] in
      let names = instances.sorted { $0.name < $1.name }.map { $0.isReady ? $0.name : "\($0.name) (not ready)" }
      let holdsPrimary = instances.contains { $0.name == status.currentPrimary }
      return [
        Styled(domain.joined(separator: "/")), Styled(names.joined(separator: ", ")), holdsPrimary ? "Yes" : "No",
      ]
    }
    var section = Section(
      Styled("Failure Domain Topology", .good), [keys.count == 1 ? keys[0] : "Domain", "Instances", "Primary Domain"],
      rows, ifEmpty: Styled("No instances found", .warning))
    if let condition = cluster.condition(ConditionType.syncTopology) {
      let message = condition.message.isEmpty ? "" : " - \(condition.message)"
      section.blocks.append(
        .line(
          Styled(
            "Constraint: \(condition.status) (\(condition.reason))\(message)",
            condition.status == "True" ? .good : .warning)))
    }
    return [section]
  }
}
