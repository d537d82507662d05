import Kubernetes

extension ClusterRules {
  /// The name becomes part of the names of services, which are DNS labels (RFC 1035).
  static func clusterName(_ cluster: Cluster) -> [FieldError] {
    let name = cluster.name
    return .when(
      name.wholeMatch(of: /[a-z]([-a-z0-9]*[a-z0-9])?/) == nil || name.utf8.count > 63,
      .invalid("metadata.name", name, "cluster name must be a valid DNS label"))
      + .when(
        name.utf8.count > 50,
        .invalid("metadata.name", name, "the maximum length of a cluster name is 50 characters"))
  }

  static func imageName(_ cluster: Cluster) -> [FieldError] {
    guard let name = cluster.spec.imageName, !name.isEmpty else { return [] }
    let image = ImageReference(name)
    switch image.tag {
    case "latest":
      return [.invalid("spec.imageName", name, "Can't use 'latest' as image tag as we can't detect upgrades")]
    case nil, "":
      return [.invalid("spec.imageName", name, "Can't use just the image sha as we can't detect upgrades")]
    default:
      return .when(image.version == nil, .invalid("spec.imageName", name, "invalid version tag"))
    }
  }

  static func postgresVersion(_ cluster: Cluster) -> [FieldError] {
    guard let major = cluster.requestedMajor else { return [] }
    return .when(
      major < 13,
      .invalid(
        "spec.imageName", cluster.spec.imageName ?? "",
        "Unsupported PostgreSQL version. Versions 13 or newer are supported"))
  }

  static func imagePullPolicy(_ cluster: Cluster) -> [FieldError] {
    guard let policy = cluster.spec.imagePullPolicy else { return [] }
    return .when(
      !["", "Always", "Never", "IfNotPresent"].contains(policy),
      .invalid(
        "spec.imagePullPolicy", policy,
        "invalid imagePullPolicy, if defined must be one of 'Always', 'Never' or 'IfNotPresent'"))
  }

  static func superuserSecret(_ cluster: Cluster) -> [FieldError] {
    .when(
      cluster.spec.superuserSecret?.name == "",
      .invalid("spec.superusersecret.name", "", "Super user secret name can't be empty"))
  }

  static func certificates(_ cluster: Cluster) -> [FieldError] {
    guard let certificates = cluster.spec.certificates else { return [] }
    var errors: [FieldError] = []
    if !certificates.serverTLSSecret.isNilOrEmpty {
      let names = certificates.serverAltDNSNames ?? []
      errors += .when(
        !names.isEmpty,
        .invalid(
          "spec.certificates.serveraltdnsnames", names,
          "Server alternative DNS names can't be defined when server TLS secret is provided"))
      errors += .when(
        certificates.serverCASecret.isNilOrEmpty,
        .invalid(
          "spec.certificates.servercasecret", "", "Server CA secret can't be empty when server TLS secret is provided"))
    }
    errors += .when(
      !certificates.replicationTLSSecret.isNilOrEmpty && certificates.clientCASecret.isNilOrEmpty,
      .invalid(
        "spec.certificates.clientcasecret", "",
        "Client CA secret can't be empty when client replication secret is provided"))
    return errors
  }

  static func serviceAccount(_ cluster: Cluster) -> [FieldError] {
    guard let name = cluster.spec.serviceAccountName, !name.isEmpty else { return [] }
    return .when(
      cluster.spec.serviceAccountTemplate != nil,
      .invalid(
        "spec.serviceAccountName", name, "serviceAccountName and serviceAccountTemplate are mutually exclusive"))
  }

  static func environment(_ cluster: Cluster) -> [FieldError] {
    (cluster.spec.env ?? []).enumerated().flatMap { index, variable in
      [FieldError].when(
        ReservedEnvironment.contains(variable.name),
        // The path that tools know, though the field is spec.env.
        .invalid("spec.postgresql.env[\(index)].name", variable.name, ReservedEnvironment.detail))
    }
  }
}

/// Variables that the operator sets itself.
enum ReservedEnvironment {
  static let detail = "the usage of this environment variable is reserved for the operator"

  /// `POD_IP` is ours alone: PostgreSQL listens there.
  private static let names: Set<String> = ["POD_NAME", "POD_IP", "NAMESPACE", "CLUSTER_NAME"]

  static func contains(_ name: String) -> Bool {
    let name = name.uppercased()
    return name.hasPrefix("CNPG_") || name.hasPrefix("PG") || names.contains(name)
  }
}
