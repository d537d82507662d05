import Kubernetes

extension Database: ValidatedObject {
  public static var updateErrorKind: (kind: String, group: String) { ("Database ", "database.cnpg.io") }

  public func problems(_ context: ValidationContext) -> [FieldError] {
    repeated((spec.extensions ?? []).map(\.name), "spec.extensions")
      + repeated((spec.schemas ?? []).map(\.name), "spec.schemas") + wrappers + servers
  }

  private var wrappers: [FieldError] {
    let wrappers = spec.fdws ?? []
    return repeated(wrappers.map(\.name), "spec.fdws")
      + wrappers.enumerated().flatMap { parts($1.options, $1.usage, "spec.fdws[\($0)]") }
  }

  private var servers: [FieldError] {
    let servers = spec.servers ?? []
    let known = Set((spec.fdws ?? []).map(\.name))
    return repeated(servers.map(\.name), "spec.servers")
      + servers.enumerated().flatMap { index, server -> [FieldError] in
        .when(
          server.ensure == .present && !known.contains(server.fdw),
          .invalid("spec.servers[\(index)].fdw", server.fdw, "referenced fdw not defined in spec.fdws"))
          + parts(server.options, server.usage, "spec.servers[\(index)]")
      }
  }

  private func parts(_ options: [ForeignOption]?, _ usages: [ForeignUsage]?, _ path: String) -> [FieldError] {
    repeated((options ?? []).map(\.name), "\(path).options") + repeated((usages ?? []).map(\.name), "\(path).usages")
  }

  private func repeated(_ names: [String], _ path: String) -> [FieldError] {
    names.markingRepetitions().enumerated().compactMap { index, name in
      name.isRepeated ? .duplicate("\(path)[\(index)].name", .string(name.element)) : nil
    }
  }

  public func warnings(_ context: ValidationContext) -> [String] { UnsupportedKinds.warnings(for: "Database") }
}
