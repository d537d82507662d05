import Kubernetes

extension ClusterRules {
  private static let servicesPath = "spec.managed.services"
  private static let rolesPath = "spec.managed.roles"

  static func defaultServices(_ cluster: Cluster) -> [FieldError] {
    .when(
      cluster.spec.managed?.services?.disabledDefaultServices?.contains(.rw) == true,
      .invalid("\(servicesPath).disabledDefaultServices", "rw", "service of type RW cannot be disabled."))
  }

  static func managedServices(_ cluster: Cluster) -> [FieldError] {
    let services = cluster.spec.managed?.services?.additional ?? []
    let names = services.map { $0.serviceTemplate.metadata?.name ?? "" }
    let own = cluster.names
    let reserved = [own.readWriteService, own.readOnlyService, own.readService, own.anyService]
    let errors = services.enumerated().flatMap { index, service -> [FieldError] in
      let path = "\(servicesPath).additional[\(index)]"
      let selector = service.serviceTemplate.spec?.selector ?? [:]
      return .when(
        reserved.contains(names[index]),
        .invalid(path, names[index], "the service name: '\(names[index])' is reserved for operator use"))
        + .when(
          !selector.isEmpty,
          .invalid(path, .object(selector.mapValues { .string($0) }), "selector field is managed by the operator"))
        + .when(names[index].isEmpty, .invalid(path, "", "name is required"))
    }
    return errors
      + .when(
        names.hasRepetitions,
        .invalid("\(servicesPath).additional", names, "contains services with the same .metadata.name"))
  }

  static func managedRoles(_ cluster: Cluster) -> [FieldError] {
    let roles = cluster.spec.managed?.roles ?? []
    return roles.map(\.name).markingRepetitions().enumerated().flatMap { index, name -> [FieldError] in
      let role = roles[index]
      return .when(name.isRepeated, .invalid(rolesPath, role.name, "Role name is duplicate of another"))
        + .when(
          role.connectionLimit < -1,
          .invalid(rolesPath, role.connectionLimit, "Connection limit should be positive, unless defaulting to -1"))
        + .when(
          ReservedRoles.contains(role.name),
          .invalid(rolesPath, role.name, "This role is reserved for operator use"))
        + .when(
          role.disablePassword && role.passwordSecret != nil,
          .invalid(rolesPath, role.name, "This role both sets and disables a password"))
    }
  }
}

/// Roles that are PostgreSQL's or the operator's own.
public enum ReservedRoles {
  public static func contains(_ name: String) -> Bool {
    name == "postgres" || name == "streaming_replica" || name.hasPrefix("pg_") || name.hasPrefix("cnpg_")
  }
}
