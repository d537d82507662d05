extension ProtobufTable {
  /// The messages of the other groups: numbers and names of their fields as the API's types declare them
  /// (k8s.io/api, `protobuf` tags).
  static let others = """
    admissionregistration.MatchCondition= 1name 2expression
    admissionregistration.MutatingWebhook= 1name 2clientConfig:admissionregistration.WebhookClientConfig
      3rules*:admissionregistration.RuleWithOperations 4failurePolicy? 9matchPolicy?
      5namespaceSelector:LabelSelector 11objectSelector:LabelSelector 6sideEffects? 7timeoutSeconds?:i
      8admissionReviewVersions* 10reinvocationPolicy? 12matchConditions*:admissionregistration.MatchCondition
    admissionregistration.MutatingWebhookConfiguration= 1metadata:ObjectMeta
      2webhooks*:admissionregistration.MutatingWebhook
    admissionregistration.Rule= 1apiGroups* 2apiVersions* 3resources* 4scope?
    admissionregistration.RuleWithOperations= 1operations* 2:admissionregistration.Rule
    admissionregistration.ServiceReference= 1namespace 2name 3path? 4port?:i
    admissionregistration.ValidatingWebhook= 1name 2clientConfig:admissionregistration.WebhookClientConfig
      3rules*:admissionregistration.RuleWithOperations 4failurePolicy? 9matchPolicy?
      5namespaceSelector:LabelSelector 10objectSelector:LabelSelector 6sideEffects? 7timeoutSeconds?:i
      8admissionReviewVersions* 11matchConditions*:admissionregistration.MatchCondition
    admissionregistration.ValidatingWebhookConfiguration= 1metadata:ObjectMeta
      2webhooks*:admissionregistration.ValidatingWebhook
    admissionregistration.WebhookClientConfig= 3url? 1service:admissionregistration.ServiceReference 2caBundle:y
    apps.Deployment= 1metadata:ObjectMeta 2spec:apps.DeploymentSpec 3status:apps.DeploymentStatus
    apps.DeploymentCondition= 1type 2status 6lastUpdateTime:Time 7lastTransitionTime:Time 4reason 5message
    apps.DeploymentSpec= 1replicas?:i 2selector:LabelSelector 3template:PodTemplateSpec
      4strategy:apps.DeploymentStrategy 5minReadySeconds:i 6revisionHistoryLimit?:i 7paused:b
      9progressDeadlineSeconds?:i
    apps.DeploymentStatus= 1observedGeneration:i 2replicas:i 3updatedReplicas:i 7readyReplicas:i
      4availableReplicas:i 5unavailableReplicas:i 9terminatingReplicas?:i 6conditions*:apps.DeploymentCondition
      8collisionCount?:i
    apps.DeploymentStrategy= 1type 2rollingUpdate:apps.RollingUpdateDeployment
    apps.ReplicaSet= 1metadata:ObjectMeta 2spec:apps.ReplicaSetSpec 3status:apps.ReplicaSetStatus
    apps.ReplicaSetCondition= 1type 2status 3lastTransitionTime:Time 4reason 5message
    apps.ReplicaSetSpec= 1replicas?:i 4minReadySeconds:i 2selector:LabelSelector 3template:PodTemplateSpec
    apps.ReplicaSetStatus= 1replicas:i 2fullyLabeledReplicas:i 4readyReplicas:i 5availableReplicas:i
      7terminatingReplicas?:i 3observedGeneration:i 6conditions*:apps.ReplicaSetCondition
    apps.RollingUpdateDeployment= 1maxUnavailable:IntOrString 2maxSurge:IntOrString
    authentication.BoundObjectReference= 1kind 2apiVersion 3name 4uid
    authentication.SelfSubjectReview= 1metadata:ObjectMeta 2status:authentication.SelfSubjectReviewStatus
    authentication.SelfSubjectReviewStatus= 1userInfo:authentication.UserInfo
    authentication.TokenRequest= 1metadata:ObjectMeta 2spec:authentication.TokenRequestSpec
      3status:authentication.TokenRequestStatus
    authentication.TokenRequestSpec= 1audiences* 4expirationSeconds?:i
      3boundObjectRef:authentication.BoundObjectReference 5attestations%*
    authentication.TokenRequestStatus= 1token 2expirationTimestamp:Time
    authentication.TokenReview= 1metadata:ObjectMeta 2spec:authentication.TokenReviewSpec
      3status:authentication.TokenReviewStatus
    authentication.TokenReviewSpec= 1token 2audiences*
    authentication.TokenReviewStatus= 1authenticated:b 2user:authentication.UserInfo 4audiences* 3error
    authentication.UserInfo= 1username 2uid 3groups* 4extra%:ExtraValue
    authorization.FieldSelectorAttributes= 1rawSelector 2requirements*:FieldSelectorRequirement
    authorization.LabelSelectorAttributes= 1rawSelector 2requirements*:LabelSelectorRequirement
    authorization.LocalSubjectAccessReview= 1metadata:ObjectMeta 2spec:authorization.SubjectAccessReviewSpec
      3status:authorization.SubjectAccessReviewStatus
    authorization.NonResourceAttributes= 1path 2verb
    authorization.NonResourceRule= 1verbs* 2nonResourceURLs*
    authorization.ResourceAttributes= 1namespace 2verb 3group 4version 5resource 6subresource 7name
      8fieldSelector:authorization.FieldSelectorAttributes 9labelSelector:authorization.LabelSelectorAttributes
    authorization.ResourceRule= 1verbs* 2apiGroups* 3resources* 4resourceNames*
    authorization.SelfSubjectAccessReview= 1metadata:ObjectMeta 2spec:authorization.SelfSubjectAccessReviewSpec
      3status:authorization.SubjectAccessReviewStatus
    authorization.SelfSubjectAccessReviewSpec= 1resourceAttributes:authorization.ResourceAttributes
      2nonResourceAttributes:authorization.NonResourceAttributes
    authorization.SelfSubjectRulesReview= 1metadata:ObjectMeta 2spec:authorization.SelfSubjectRulesReviewSpec
      3status:authorization.SubjectRulesReviewStatus
    authorization.SelfSubjectRulesReviewSpec= 1namespace
    authorization.SubjectAccessReview= 1metadata:ObjectMeta 2spec:authorization.SubjectAccessReviewSpec
      3status:authorization.SubjectAccessReviewStatus
    authorization.SubjectAccessReviewSpec= 1resourceAttributes:authorization.ResourceAttributes
      2nonResourceAttributes:authorization.NonResourceAttributes 3user 4groups* 5extra%:ExtraValue 6uid
    authorization.SubjectAccessReviewStatus= 1allowed:b 4denied:b 2reason 3evaluationError
    authorization.SubjectRulesReviewStatus= 1resourceRules*:authorization.ResourceRule
      2nonResourceRules*:authorization.NonResourceRule 3incomplete:b 4evaluationError
    autoscaling.Scale= 1metadata:ObjectMeta 2spec:autoscaling.ScaleSpec 3status:autoscaling.ScaleStatus
    autoscaling.ScaleSpec= 1replicas:i
    autoscaling.ScaleStatus= 1replicas:i 2selector
    batch.Job= 1metadata:ObjectMeta 2spec:batch.JobSpec 3status:batch.JobStatus
    batch.JobCondition= 1type 2status 3lastProbeTime:Time 4lastTransitionTime:Time 5reason 6message
    batch.JobSchedulingConfiguration=
    batch.JobSpec= 1parallelism?:i 2completions?:i 3activeDeadlineSeconds?:i
      11podFailurePolicy:batch.PodFailurePolicy 16successPolicy:batch.SuccessPolicy 7backoffLimit?:i
      12backoffLimitPerIndex?:i 13maxFailedIndexes?:i 4selector:LabelSelector 5manualSelector?:b
      6template:PodTemplateSpec 8ttlSecondsAfterFinished?:i 9completionMode? 10suspend?:b 14podReplacementPolicy?
      15managedBy? 17scheduling:batch.JobSchedulingConfiguration
    batch.JobStatus= 1conditions*:batch.JobCondition 2startTime:Time 3completionTime:Time 4active:i 5succeeded:i
      6failed:i 11terminating?:i 7completedIndexes 10failedIndexes?
      8uncountedTerminatedPods:batch.UncountedTerminatedPods 9ready?:i
    batch.PodFailurePolicy= 1rules*:batch.PodFailurePolicyRule
    batch.PodFailurePolicyOnExitCodesRequirement= 1containerName? 2operator 3values*:i
    batch.PodFailurePolicyOnPodConditionsPattern= 1type 2status
    batch.PodFailurePolicyRule= 1action 2onExitCodes:batch.PodFailurePolicyOnExitCodesRequirement
      3onPodConditions*:batch.PodFailurePolicyOnPodConditionsPattern
    batch.SuccessPolicy= 1rules*:batch.SuccessPolicyRule
    batch.SuccessPolicyRule= 1succeededIndexes? 2succeededCount?:i
    batch.UncountedTerminatedPods= 1succeeded* 2failed*
    coordination.Lease= 1metadata:ObjectMeta 2spec:coordination.LeaseSpec
    coordination.LeaseSpec= 1holderIdentity? 2leaseDurationSeconds?:i 3acquireTime:MicroTime 4renewTime:MicroTime
      5leaseTransitions?:i 6strategy? 7preferredHolder?
    discovery.Endpoint= 1addresses* 2conditions:discovery.EndpointConditions 3hostname? 4targetRef:ObjectReference
      5deprecatedTopology% 6nodeName? 7zone? 8hints:discovery.EndpointHints
    discovery.EndpointConditions= 1ready?:b 2serving?:b 3terminating?:b
    discovery.EndpointHints= 1forZones*:discovery.ForZone 2forNodes*:discovery.ForNode
    discovery.EndpointPort= 1name? 2protocol? 3port?:i 4appProtocol?
    discovery.EndpointSlice= 1metadata:ObjectMeta 4addressType 2endpoints*:discovery.Endpoint
      3ports*:discovery.EndpointPort
    discovery.ForNode= 1name
    discovery.ForZone= 1name
    policy.Eviction= 1metadata:ObjectMeta 2deleteOptions:DeleteOptions
    policy.PodDisruptionBudget= 1metadata:ObjectMeta 2spec:policy.PodDisruptionBudgetSpec
      3status:policy.PodDisruptionBudgetStatus
    policy.PodDisruptionBudgetSpec= 1minAvailable:IntOrString 2selector:LabelSelector 3maxUnavailable:IntOrString
      4unhealthyPodEvictionPolicy?
    policy.PodDisruptionBudgetStatus= 1observedGeneration:i 2disruptedPods%:Time 3disruptionsAllowed:i
      4currentHealthy:i 5desiredHealthy:i 6expectedPods:i 7conditions*:Condition
    rbac.AggregationRule= 1clusterRoleSelectors*:LabelSelector
    rbac.ClusterRole= 1metadata:ObjectMeta 2rules*:rbac.PolicyRule 3aggregationRule:rbac.AggregationRule
    rbac.ClusterRoleBinding= 1metadata:ObjectMeta 2subjects*:rbac.Subject 3roleRef:rbac.RoleRef
    rbac.PolicyRule= 1verbs* 2apiGroups* 3resources* 4resourceNames* 5nonResourceURLs*
    rbac.Role= 1metadata:ObjectMeta 2rules*:rbac.PolicyRule
    rbac.RoleBinding= 1metadata:ObjectMeta 2subjects*:rbac.Subject 3roleRef:rbac.RoleRef
    rbac.RoleRef= 1apiGroup 2kind 3name
    rbac.Subject= 1kind 2apiGroup 3name 4namespace
    storage.StorageClass= 1metadata:ObjectMeta 2provisioner 3parameters% 4reclaimPolicy? 5mountOptions*
      6allowVolumeExpansion?:b 7volumeBindingMode? 8allowedTopologies*:TopologySelectorTerm
    """
}
