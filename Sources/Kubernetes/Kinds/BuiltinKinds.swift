/// A kind that the API server knows without a definition.
public struct BuiltinKind: Sendable {
  public let resource: ResourceType
  public let schema: Schema
  /// It has a `status` subresource, and writes to the object itself leave the status alone.
  public let hasStatus: Bool
  /// It has a `scale` subresource.
  public let hasScale: Bool
  /// It is only ever created and answered, never stored.
  public let isTransient: Bool

  init<Object: APIObject>(
    _ type: Object.Type, status: Bool = false, scale: Bool = false, transient: Bool = false
  ) {
    resource = Object.resource
    schema = Schema.of(Object.self)
    hasStatus = status
    hasScale = scale
    isTransient = transient
  }
}

/// Every kind that is served without a definition.
public enum BuiltinKinds {
  public static let all: [BuiltinKind] = [
    BuiltinKind(Pod.self, status: true),
    BuiltinKind(Node.self, status: true),
    BuiltinKind(Namespace.self, status: true),
    BuiltinKind(Service.self, status: true),
    BuiltinKind(PersistentVolumeClaim.self, status: true),
    BuiltinKind(PersistentVolume.self, status: true),
    BuiltinKind(Secret.self),
    BuiltinKind(ConfigMap.self),
    BuiltinKind(ServiceAccount.self),
    BuiltinKind(Event.self),
    BuiltinKind(EndpointSlice.self),
    BuiltinKind(StorageClass.self),
    BuiltinKind(Role.self),
    BuiltinKind(ClusterRole.self),
    BuiltinKind(RoleBinding.self),
    BuiltinKind(ClusterRoleBinding.self),
    BuiltinKind(Lease.self),
    BuiltinKind(PodDisruptionBudget.self, status: true),
    BuiltinKind(Deployment.self, status: true, scale: true),
    BuiltinKind(ReplicaSet.self, status: true, scale: true),
    BuiltinKind(Job.self, status: true),
    BuiltinKind(CustomResourceDefinition.self, status: true),
    BuiltinKind(MutatingWebhookConfiguration.self),
    BuiltinKind(ValidatingWebhookConfiguration.self),
    BuiltinKind(TokenReview.self, transient: true),
    BuiltinKind(SelfSubjectReview.self, transient: true),
    BuiltinKind(SubjectAccessReview.self, transient: true),
    BuiltinKind(LocalSubjectAccessReview.self, transient: true),
    BuiltinKind(SelfSubjectAccessReview.self, transient: true),
    BuiltinKind(SelfSubjectRulesReview.self, transient: true),
  ]

  /// Kinds that are only the body of a subresource: `pods/eviction`, `pods/binding`, `serviceaccounts/token`, `scale`.
  public static let ofSubresources: [BuiltinKind] = [
    BuiltinKind(Eviction.self, transient: true),
    BuiltinKind(Binding.self, transient: true),
    BuiltinKind(TokenRequest.self, transient: true),
    BuiltinKind(Scale.self, transient: true),
  ]
}
