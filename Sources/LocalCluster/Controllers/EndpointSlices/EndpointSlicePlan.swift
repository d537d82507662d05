import Kubernetes

/// What has to change so that a service's slices say what they should.
struct EndpointSlicePlan: Sendable, Equatable {
  static let serviceLabel = "kubernetes.io/service-name"
  static let managerLabel = "endpointslice.kubernetes.io/managed-by"
  static let manager = "endpointslice-controller.k8s.io"
  /// Kubernetes' default of `--max-endpoints-per-slice`.
  static let mostEndpoints = 100

  var create: [EndpointSlice] = []
  var replace: [EndpointSlice] = []
  /// Names.
  var delete: [String] = []

  init(service: Kubernetes.Service?, groups: [EndpointGroup], existing: [EndpointSlice]) {
    let own = existing.filter { $0.labels[Self.managerLabel] == Self.manager }
    guard let service, !service.isBeingDeleted, service.spec?.selector?.isEmpty == false,
      service.spec?.type != "ExternalName"
    else {
      // Without a selector the slices belong to whoever made them; those of ours are left over.
      delete = own.map(\.name).sorted()
      return
    }
    var wanted = Self.slices(of: service, groups: groups)
    for slice in own.sorted(by: { $0.name < $1.name }) {
      guard let target = wanted.removeValue(forKey: slice.name), target.addressType == slice.addressType,
        slice.metadata.ownerReferences?.contains(where: { $0.uid == service.uid }) == true
      else {
        delete.append(slice.name)
        continue
      }
      let isUnchanged =
        slice.endpoints ?? [] == target.endpoints ?? [] && slice.ports ?? [] == target.ports ?? []
        && target.labels.allSatisfy { slice.labels[$0.key] == $0.value }
      if !isUnchanged {
        var target = target
        target.metadata.resourceVersion = slice.metadata.resourceVersion
        replace.append(target)
      }
    }
    // A slice whose owner is an earlier service of the same name goes first; the next pass makes the new one.
    create = wanted.values.filter { slice in !delete.contains(slice.name) }.sorted { $0.name < $1.name }
  }

  private static func slices(of service: Kubernetes.Service, groups: [EndpointGroup]) -> [String: EndpointSlice] {
    // A service without pods has one empty slice, as kubectl expects.
    let groups = groups.isEmpty ? [EndpointGroup(ports: [], endpoints: [])] : groups
    var slices: [String: EndpointSlice] = [:]
    for group in groups {
      for (index, start) in stride(from: 0, to: max(group.endpoints.count, 1), by: mostEndpoints).enumerated() {
        // Names follow from the content, so that a lost answer cannot lead to two slices with the same endpoints.
        let ports = group.ports.map { "\($0.name)/\($0.protocol)/\($0.port ?? 0)" }.joined(separator: ",")
        let name = "\(service.name.prefix(57))-\(SafeHash.text(of: "\(ports)#\(index)").prefix(5))"
        slices[name] = .named(name, in: service.namespace) {
          $0.addressType = "IPv4"
          $0.metadata.labels = (service.labels.filter { !$0.key.hasPrefix("endpointslice.kubernetes.io/") }).merging([
            serviceLabel: service.name, managerLabel: manager,
          ]) { $1 }
          if service.spec?.clusterIP == "None" { $0.metadata.labels?["service.kubernetes.io/headless"] = "" }
          $0.metadata.ownerReferences = [OwnerReference(controller: service)]
          $0.ports = group.ports
          $0.endpoints = Array(group.endpoints[start..<min(start + mostEndpoints, group.endpoints.count)])
        }
      }
    }
    return slices
  }
}
