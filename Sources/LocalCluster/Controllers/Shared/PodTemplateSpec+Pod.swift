import Kubernetes

extension PodTemplateSpec {
  /// A new pod made from the template, managed by `owner` and named after it.
  func pod<Owner: APIObject>(of owner: Owner) -> Pod {
    // Kubernetes cuts the base so that the name with its five random characters stays a DNS label.
    .named("\(owner.name.prefix(57))-\(SafeHash.random())", in: owner.namespace) {
      $0.metadata.labels = metadata?.labels
      $0.metadata.annotations = metadata?.annotations
      $0.metadata.finalizers = metadata?.finalizers
      $0.metadata.ownerReferences = [OwnerReference(controller: owner)]
      $0.spec = spec
    }
  }
}
