import Kubernetes

/// The core API's types inside ours.
///
/// Their defaults are left to the API server that the final objects go to. In a CRD they would appear in every object
/// that a user writes, and a template must stay as it was given.
enum EmbeddedTypes {
  private static let properties: Set<[String: Schema]> = [
    NodeAffinity.schema.properties, PodAffinity.schema.properties, PodAntiAffinity.schema.properties,
    Toleration.schema.properties, TopologySpreadConstraint.schema.properties, ResourceRequirements.schema.properties,
    PersistentVolumeClaimSpec.schema.properties, EphemeralVolumeSource.schema.properties,
    ProjectedVolumeSource.schema.properties, EnvVar.schema.properties, EnvFromSource.schema.properties,
    PodSecurityContext.schema.properties, SecurityContext.schema.properties, SeccompProfile.schema.properties,
    LabelSelector.schema.properties, ServiceSpec.schema.properties, PodSpec.schema.properties,
    DeploymentStrategy.schema.properties, Condition.schema.properties,
  ]

  static func contains(_ schema: Schema) -> Bool {
    !schema.properties.isEmpty && properties.contains(schema.properties)
  }
}

/// Fields that count as false where they are absent, without the API server writing it into objects.
enum AssumedDefaults {
  static let names: Set<String> = [
    "bypassrls", "createdb", "createrole", "disablePassword", "enableAlterSystem", "failoverQuorum", "login",
    "replication", "schemaOnly", "superuser", "synchronizeLogicalDecoding", "tls",
  ]
}

extension Schema {
  /// The schema with those defaults alone that the API server is to fill in: without those of the core API's types,
  /// and without those that readers assume.
  func withServedDefaults() -> Schema {
    if EmbeddedTypes.contains(self) { return withoutDefaults() }
    var schema = self
    for (name, property) in properties {
      var property = property.withServedDefaults()
      if AssumedDefaults.names.contains(name), property.defaultValue == false { property.defaultValue = nil }
      schema.properties[name] = property
    }
    schema.items = items.map { Box($0.schema.withServedDefaults()) }
    schema.additionalProperties = additionalProperties.map { Box($0.schema.withServedDefaults()) }
    return schema
  }

  /// Without defaults, except where a key of a list needs one: Kubernetes wants such keys required or defaulted.
  private func withoutDefaults(except keys: Set<String> = []) -> Schema {
    var schema = self
    for (name, property) in properties {
      var property = property.withoutDefaults()
      if !keys.contains(name) { property.defaultValue = nil }
      schema.properties[name] = property
    }
    if let elements = items?.schema {
      var listKeys: [String] = []
      if case .map(let keys) = listType { listKeys = keys }
      let inner = elements.withoutDefaults(except: Set(listKeys))
      schema.items = Box(inner)
      // A core type may leave a key out; a CRD's list is then replaced as a whole.
      let isKeyed = listKeys.allSatisfy { inner.required.contains($0) || inner.properties[$0]?.defaultValue != nil }
      if !isKeyed { schema.listType = .atomic }
    }
    schema.additionalProperties = additionalProperties.map { Box($0.schema.withoutDefaults()) }
    return schema
  }
}
