extension ProtobufTable {
  /// The messages of metadata and of options: numbers and names of their fields as the API's types declare them
  /// (k8s.io/api, `protobuf` tags).
  static let meta = """
    Condition= 1type 2status 3observedGeneration:i 4lastTransitionTime:Time 5reason 6message
    DeleteOptions= 1gracePeriodSeconds?:i 2preconditions:Preconditions 3orphanDependents?:b 4propagationPolicy?
      5dryRun* 6ignoreStoreReadErrorWithClusterBreakingPotential?:b
    FieldSelectorRequirement= 1key 2operator 3values*
    LabelSelector= 1matchLabels% 2matchExpressions*:LabelSelectorRequirement
    LabelSelectorRequirement= 1key 2operator 3values*
    ManagedFieldsEntry= 1manager 2operation 3apiVersion 4time:Time 6fieldsType 7fieldsV1:Raw 8subresource
    ObjectMeta= 1name 2generateName 3namespace 4selfLink 5uid 6resourceVersion 7generation:i 8creationTimestamp:Time
      9deletionTimestamp:Time 10deletionGracePeriodSeconds?:i 11labels% 12annotations%
      13ownerReferences*:OwnerReference 14finalizers* 17managedFields*:ManagedFieldsEntry
    OwnerReference= 5apiVersion 1kind 3name 4uid 6controller?:b 7blockOwnerDeletion?:b
    Preconditions= 1uid? 2resourceVersion?
    """
}
