import Foundation
import Kubernetes

/// The columns of the built-in kinds, as `kubectl get` shows them on any cluster.
enum BuiltInColumns {
  static let byResource: [String: [TableColumn]] = [
    "pods": PodColumns.columns,
    "namespaces": [.name, .text("Status", "status", "phase"), .age],
    "nodes": nodes,
    "services": services,
    "endpointslices.discovery.k8s.io": [
      .name, .text("AddressType", "addressType"), TableColumn("Ports") { slice, _ in .string(ports(slice)) },
      TableColumn("Endpoints") { slice, _ in .string(addresses(slice)) }, .age,
    ],
    "configmaps": [.name, count("Data", ["data"], ["binaryData"]), .age],
    "secrets": [.name, .text("Type", "type"), count("Data", ["data"]), .age],
    "serviceaccounts": [.name, count("Secrets", ["secrets"]), .age],
    "events": events,
    "leases.coordination.k8s.io": [.name, .text("Holder", "spec", "holderIdentity"), .age],
    "rolebindings.rbac.authorization.k8s.io": bindings,
    "clusterrolebindings.rbac.authorization.k8s.io": bindings,
    "roles.rbac.authorization.k8s.io": [.name, createdAt],
    "clusterroles.rbac.authorization.k8s.io": [.name, createdAt],
    "customresourcedefinitions.apiextensions.k8s.io": [.name, createdAt],
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": [.name, count("Webhooks", ["webhooks"]), .age],
    "validatingwebhookconfigurations.admissionregistration.k8s.io": [.name, count("Webhooks", ["webhooks"]), .age],
  ].merging(StorageColumns.byResource) { first, _ in first }.merging(WorkloadColumns.byResource) { first, _ in first }

  static func count(_ name: String, _ paths: [String]...) -> TableColumn {
    TableColumn(name, type: "string") { object, _ in
      .string(
        String(
          paths.reduce(0) { $0 + (object[path: $1]?.objectValue?.count ?? object[path: $1]?.arrayValue?.count ?? 0) }))
    }
  }

  private static let createdAt = TableColumn("Created At", type: "date") { object, _ in
    object[path: ["metadata", "creationTimestamp"]] ?? ""
  }

  private static let bindings: [TableColumn] = [
    .name,
    TableColumn("Role") { binding, _ in
      .string(
        "\(binding[path: ["roleRef", "kind"]]?.stringValue ?? "")/\(binding[path: ["roleRef", "name"]]?.stringValue ?? "")"
      )
    },
    .age, subjects("Users", "User"), subjects("Groups", "Group"), subjects("ServiceAccounts", "ServiceAccount"),
  ]

  private static func subjects(_ title: String, _ kind: String) -> TableColumn {
    TableColumn(title, wide: true) { binding, _ in
      let names = (binding["subjects"]?.arrayValue ?? []).filter { $0["kind"]?.stringValue == kind }.map { subject in
        let name = subject["name"]?.stringValue ?? ""
        return subject["namespace"]?.stringValue.map { "\($0)/\(name)" } ?? name
      }
      return .string(names.joined(separator: ", "))
    }
  }

  private static let nodes: [TableColumn] = [
    .name,
    TableColumn("Status") { node, _ in
      let ready = (node[path: ["status", "conditions"]]?.arrayValue ?? []).first { $0["type"] == "Ready" }
      var words = [ready == nil ? "Unknown" : ready?["status"] == "True" ? "Ready" : "NotReady"]
      if node[path: ["spec", "unschedulable"]] == true { words.append("SchedulingDisabled") }
      return .string(words.joined(separator: ","))
    },
    TableColumn("Roles") { node, _ in
      let prefix = "node-role.kubernetes.io/"
      let roles = node.labels.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      return .string(roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ","))
    },
    .age,
    .text("Version", "status", "nodeInfo", "kubeletVersion"),
    nodeAddress("Internal-IP", "InternalIP"), nodeAddress("External-IP", "ExternalIP"),
    .text("OS-Image", "status", "nodeInfo", "osImage", wide: true, fallback: "<unknown>"),
    .text("Kernel-Version", "status", "nodeInfo", "kernelVersion", wide: true, fallback: "<unknown>"),
    .text("Container-Runtime", "status", "nodeInfo", "containerRuntimeVersion", wide: true, fallback: "<unknown>"),
  ]

  private static func nodeAddress(_ title: String, _ type: String) -> TableColumn {
    TableColumn(title, wide: true) { node, _ in
      let address = (node[path: ["status", "addresses"]]?.arrayValue ?? []).first { $0["type"]?.stringValue == type }
      return .string(address?["address"]?.stringValue ?? "<none>")
    }
  }

  private static let services: [TableColumn] = [
    .name, .text("Type", "spec", "type"), .text("Cluster-IP", "spec", "clusterIP", fallback: "<none>"),
    TableColumn("External-IP") { service, _ in .string(externalAddress(service)) },
    TableColumn("Port(s)") { service, _ in
      let ports = (service[path: ["spec", "ports"]]?.arrayValue ?? []).map { port in
        let node = port["nodePort"]?.intValue.map { ":\($0)" } ?? ""
        return "\(port["port"]?.intValue ?? 0)\(node)/\(port["protocol"]?.stringValue ?? "TCP")"
      }
      return .string(ports.isEmpty ? "<none>" : ports.joined(separator: ","))
    },
    .age,
    TableColumn("Selector", wide: true) { service, _ in
      .string(labelText(service[path: ["spec", "selector"]]))
    },
  ]

  static func labelText(_ labels: JSON?) -> String {
    let pairs = (labels?.objectValue ?? [:]).sorted { $0.key < $1.key }.map {
      "\($0.key)=\($0.value.stringValue ?? "")"
    }
    return pairs.isEmpty ? "<none>" : pairs.joined(separator: ",")
  }

  private static func externalAddress(_ service: JSON) -> String {
    switch service[path: ["spec", "type"]] {
    case "ExternalName": return service[path: ["spec", "externalName"]]?.stringValue ?? "<none>"
    case "LoadBalancer":
      let addresses = (service[path: ["status", "loadBalancer", "ingress"]]?.arrayValue ?? []).compactMap {
        $0["ip"]?.stringValue ?? $0["hostname"]?.stringValue
      }
      return addresses.isEmpty ? "<pending>" : addresses.joined(separator: ",")
    default:
      let addresses = (service[path: ["spec", "externalIPs"]]?.arrayValue ?? []).compactMap(\.stringValue)
      return addresses.isEmpty ? "<none>" : addresses.joined(separator: ",")
    }
  }

  private static func ports(_ slice: JSON) -> String {
    let ports = (slice["ports"]?.arrayValue ?? []).compactMap { $0["port"]?.intValue.map(String.init) }
    return ports.isEmpty ? "<unset>" : shortened(ports)
  }

  private static func addresses(_ slice: JSON) -> String {
    let addresses = (slice["endpoints"]?.arrayValue ?? []).flatMap {
      ($0["addresses"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
    return addresses.isEmpty ? "<unset>" : shortened(addresses)
  }

  /// kubectl shows three and counts the rest.
  private static func shortened(_ items: [String]) -> String {
    items.count <= 3
      ? items.joined(separator: ",") : "\(items[..<3].joined(separator: ",")) + \(items.count - 3) more..."
  }

  private static let events: [TableColumn] = [
    TableColumn("Last Seen") { event, now in
      .string(
        HumanDuration.since(
          present(event["lastTimestamp"]) ?? present(event["eventTime"])
            ?? event[path: ["metadata", "creationTimestamp"]], now))
    },
    .text("Type", "type"), .text("Reason", "reason"),
    TableColumn("Object") { event, _ in
      let kind = event[path: ["involvedObject", "kind"]]?.stringValue ?? ""
      return .string("\(kind.lowercased())/\(event[path: ["involvedObject", "name"]]?.stringValue ?? "")")
    },
    .text("Subobject", "involvedObject", "fieldPath", wide: true),
    TableColumn("Source", wide: true) { event, _ in
      let source = event[path: ["source", "component"]] ?? event["reportingComponent"] ?? ""
      let host = event[path: ["source", "host"]]?.stringValue ?? ""
      return .string([source.stringValue ?? "", host].filter { !$0.isEmpty }.joined(separator: ", "))
    },
    TableColumn("Message") { event, _ in
      .string((event["message"]?.stringValue ?? "").trimmingCharacters(in: .whitespacesAndNewlines))
    },
    TableColumn("First Seen", wide: true) { event, now in
      .string(
        HumanDuration.since(present(event["firstTimestamp"]) ?? event[path: ["metadata", "creationTimestamp"]], now))
    },
    TableColumn("Count", wide: true) { event, _ in .string(String(event["count"]?.intValue ?? 1)) },
    TableColumn("Name", format: "name", wide: true) { event, _ in .string(event.objectName) },
  ]

  private static func present(_ value: JSON?) -> JSON? { value.flatMap { $0.isNull || $0 == "" ? nil : $0 } }
}
