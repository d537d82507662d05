import Kubernetes

/// Services: their address is given once (see ``ServiceAddresses``).
struct ServiceStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) {
    object["status"] = ["loadBalancer": [:]]
    fill(&object)
  }

  func prepareForUpdate(_ object: inout JSON, old: JSON) {
    // A client that replaces the object without its address keeps the address.
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
    where object[path: ["spec", field]] == nil && object[path: ["spec", "type"]] != "ExternalName" {
      object[path: ["spec", field]] = old[path: ["spec", field]]
    }
    fill(&object)
  }

  private func fill(_ object: inout JSON) {
    guard object[path: ["spec", "type"]] != "ExternalName" else { return }
    for (field, value) in ["internalTrafficPolicy": "Cluster", "ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]]
      as [String: JSON] where object[path: ["spec", field]] == nil
    {
      object[path: ["spec", field]] = value
    }
    if object[path: ["spec", "type"]] == "LoadBalancer" || object[path: ["spec", "type"]] == "NodePort",
      object[path: ["spec", "externalTrafficPolicy"]] == nil
    {
      object[path: ["spec", "externalTrafficPolicy"]] = "Cluster"
    }
    guard let ports = object[path: ["spec", "ports"]]?.arrayValue else { return }
    object[path: ["spec", "ports"]] = .array(
      ports.map { port in
        var port = port
        if port["targetPort"] == nil { port["targetPort"] = port["port"] }
        return port
      })
  }

  func validate(_ object: JSON) -> [FieldError] {
    let spec = object["spec"] ?? [:]
    let ports = spec["ports"]?.arrayValue ?? []
    var errors: [FieldError] = []
    if ports.isEmpty, spec["type"] != "ExternalName", spec["clusterIP"] != "None" {
      errors.append(.required("spec.ports"))
    }
    var names: Set<String> = []
    var numbers: Set<String> = []
    for (index, port) in ports.enumerated() {
      let place = "spec.ports[\(index)]"
      let name = port["name"]?.stringValue ?? ""
      if name.isEmpty, ports.count > 1 { errors.append(.required("\(place).name")) }
      if !name.isEmpty {
        errors += NameRule.label.problems(name).map { .invalid("\(place).name", .string(name), $0) }
        if !names.insert(name).inserted { errors.append(.duplicate("\(place).name", .string(name))) }
      }
      let number = "\(port["port"]?.intValue ?? 0)/\(port["protocol"]?.stringValue ?? "TCP")"
      if !numbers.insert(number).inserted { errors.append(.duplicate(place, port)) }
    }
    for (index, text) in (spec["loadBalancerSourceRanges"]?.arrayValue ?? []).enumerated() {
      guard SourceRange(String((text.stringValue ?? "").filter { !$0.isWhitespace })) == nil else { continue }
      errors.append(
        .invalid(
          "spec.loadBalancerSourceRanges[\(index)]", text,
          "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))
    }
    if spec["type"] == "ExternalName", (spec["externalName"]?.stringValue ?? "").isEmpty {
      errors.append(.required("spec.externalName"))
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    let address = old[path: ["spec", "clusterIP"]]?.stringValue ?? ""
    let new = object[path: ["spec", "clusterIP"]] ?? .null
    guard !address.isEmpty, new.stringValue != address, object[path: ["spec", "type"]] != "ExternalName" else {
      return []
    }
    return [.invalid("spec.clusterIPs[0]", new, "may not change once set")]
  }
}
