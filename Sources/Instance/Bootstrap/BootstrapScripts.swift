import ClusterAPI

/// The user's SQL for the first start.
struct BootstrapScripts: Sendable {
  /// In database `postgres`.
  var postgres: [String] = []
  /// In `template1`, before the application database is made from it.
  var template: [String] = []
  /// In the application database.
  var application: [String] = []

  /// Reads what lies in Secrets and ConfigMaps.
  ///
  /// - Throws: ``InstanceProblem`` naming what is missing.
  init(_ initdb: InitDBBootstrap?, from controlPlane: some ControlPlane) async throws {
    postgres = try await Self.all(initdb?.postInitSQL, initdb?.postInitSQLRefs, controlPlane)
    template = try await Self.all(initdb?.postInitTemplateSQL, initdb?.postInitTemplateSQLRefs, controlPlane)
    application = try await Self.all(initdb?.postInitApplicationSQL, initdb?.postInitApplicationSQLRefs, controlPlane)
  }

  private static func all(
    _ texts: [String]?, _ references: SQLReferences?, _ controlPlane: some ControlPlane
  ) async throws -> [String] {
    var scripts = texts ?? []
    for reference in references?.secretRefs ?? [] {
      scripts.append(try await controlPlane.requiredSecret(reference.name, purpose: "SQL").text(reference.key))
    }
    for reference in references?.configMapRefs ?? [] {
      guard let text = try await controlPlane.configMap(reference.name)?.data?[reference.key] else {
        throw InstanceProblem.missingConfigMap(name: reference.name, key: reference.key)
      }
      scripts.append(text)
    }
    return scripts
  }
}
