import Kubernetes

/// The downward API: fields of the pod and resources of its containers as text.
struct PodFields: Sendable {
  enum Failure: Error, Equatable, CustomStringConvertible {
    case unsupportedField(String)
    case unknownContainer(String)
    case unsupportedResource(String)

    var description: String {
      switch self {
      case .unsupportedField(let path): "the field path \"\(path)\" is not supported by the downward API"
      case .unknownContainer(let name): "resourceFieldRef names the container \"\(name)\", which the pod has not"
      case .unsupportedResource(let name):
        "the resource \"\(name)\" is not supported by the downward API; use limits.… or requests.… of cpu, memory, "
          + "ephemeral-storage or hugepages"
      }
    }
  }

  let pod: Pod
  let podAddress: String
  let hostAddress: String
  /// What stands for a limit that a container does not have (as the kubelet does).
  let allocatable: [String: Quantity]

  /// The value of a `fieldRef`.
  func value(of path: String) throws(Failure) -> String {
    if let key = subscriptKey(path, of: "metadata.labels") { return pod.labels[key] ?? "" }
    if let key = subscriptKey(path, of: "metadata.annotations") { return pod.annotations[key] ?? "" }
    switch path {
    case "metadata.name": return pod.name
    case "metadata.namespace": return pod.namespace
    case "metadata.uid": return pod.uid
    case "metadata.labels": return Self.lines(pod.labels)
    case "metadata.annotations": return Self.lines(pod.annotations)
    case "spec.nodeName": return pod.spec?.nodeName ?? ""
    case "spec.serviceAccountName": return pod.spec?.serviceAccountName ?? "default"
    case "status.podIP", "status.podIPs": return podAddress
    case "status.hostIP", "status.hostIPs": return hostAddress
    default: throw .unsupportedField(path)
    }
  }

  /// The value of a `resourceFieldRef`, rounded up to whole divisors as the kubelet does.
  func value(of selector: ResourceFieldSelector, container name: String) throws(Failure) -> String {
    let name = selector.containerName ?? name
    let all = (pod.spec?.containers ?? []) + (pod.spec?.initContainers ?? [])
    guard let container = all.first(where: { $0.name == name }) else { throw .unknownContainer(name) }
    let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, ["limits", "requests"].contains(parts[0]) else {
      throw .unsupportedResource(selector.resource)
    }
    let zero = Quantity(0)
    let value =
      if parts[0] == "limits" {
        container.resources?.limits?[parts[1]] ?? allocatable[parts[1]] ?? zero
      } else {
        container.resources?.requests?[parts[1]] ?? container.resources?.limits?[parts[1]] ?? zero
      }
    return String(value.roundedUp(in: selector.divisor == zero ? Quantity(1) : selector.divisor))
  }

  private func subscriptKey(_ path: String, of map: String) -> String? {
    guard path.hasPrefix(map + "['"), path.hasSuffix("']") else { return nil }
    return String(path.dropFirst(map.count + 2).dropLast(2))
  }

  /// `key="value"` a line, sorted; the value quoted as Go does (fieldpath.FormatMap).
  private static func lines(_ map: [String: String]) -> String {
    map.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSON.string($0.value).text)" }.joined(separator: "\n")
  }
}
